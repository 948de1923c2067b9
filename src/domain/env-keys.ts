// Which credentials an environment holds: the names of the contract's section 3, in their order, over layers that shadow each other.
import type { Fingerprint, ProfileId, ProviderId } from './ids.ts'

export type LayerKind = 'process-env' | 'env-file' | 'shell-env'

/** One source of variables. `S` is the secret's type: this room compares and splits secrets without seeing them. */
export interface EnvironmentLayer<S> {
  readonly kind: LayerKind
  readonly variables: ReadonlyMap<string, S>
}

/** How to handle a value that must not be seen here. */
export interface SecretOperations<S> {
  /** True for a value that is empty or white space only: it counts as unset. */
  isBlank(secret: S): boolean
  /** The value without white space at its ends. */
  trim(secret: S): S
  /** The members of a list, split at white space, commas and semicolons; no blank ones. */
  split(secret: S): readonly S[]
  fingerprint(secret: S): Fingerprint
}

export interface EnvironmentPlace {
  readonly kind: LayerKind
  readonly name: string
}

export interface EnvironmentKey<S> {
  readonly profileId: ProfileId
  readonly provider: ProviderId
  /** Where it was found first. */
  readonly place: EnvironmentPlace
  /** Set by `TRASEAI_LIVE_<P>_KEY`: the only one used. */
  readonly live: boolean
  /** A member of a list variable. */
  readonly member: boolean
  /** The same variable in layers that come later. */
  readonly shadows: readonly EnvironmentPlace[]
  /** Other variables that hold the same value. */
  readonly alsoAt: readonly EnvironmentPlace[]
  readonly fingerprint: Fingerprint
  readonly secret: S
}
