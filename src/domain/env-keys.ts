// Which credentials an environment holds: the names of the contract's section 3, in their order, over layers that shadow each other.
import type { Fingerprint, ProfileId, ProviderId } from './ids.ts'
import { type KeyVariable, keyVariables, ownersByName } from './key-variables.ts'
import type { Provider } from './provider.ts'

export type LayerKind = 'process-env' | 'env-file' | 'shell-env'

/** One source of variables. `S` is the secret's type: this room compares and splits secrets without seeing them. */
export interface EnvironmentLayer<S> {
  readonly kind: LayerKind
  readonly variables: ReadonlyMap<string, S>
}

/** How to handle a value that must not be seen here. */
export interface SecretOperations<S> {
  /** True for a value that is empty, white space only or a client's token: it counts as unset. */
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
  /** Those of them that have another value for it. */
  readonly differsIn: readonly LayerKind[]
  /** Other variables that hold the same value. */
  readonly alsoAt: readonly EnvironmentPlace[]
  readonly fingerprint: Fingerprint
  readonly secret: S
}

/** Keys past this many for one provider are left out: nobody has them, and a broken file must not fill the memory. */
export const keysPerProviderMax = 1_000

/** How many hex digits of the fingerprint name a list member, as long as they tell the members apart. */
const memberDigits = 6

/**
 * The keys of all providers, each provider's in the order of the contract's section 3.
 * @param layers the first one that has a non-blank value for a variable wins
 * @returns at most `keysPerProviderMax` a provider, no value twice for the same provider
 */
export function environmentKeys<S>(
  layers: readonly EnvironmentLayer<S>[],
  providers: readonly Provider[],
  operations: SecretOperations<S>,
): EnvironmentKey<S>[] {
  const names = new Set(layers.flatMap((layer) => [...layer.variables.keys()]))
  return [...keyVariables(names, providers)].flatMap(([provider, variables]) => {
    return keysOf(provider.id, variables, layers, operations)
  })
}

/** True when a variable of this name holds keys of one of the providers. */
export function isKeyVariable(name: string, providers: readonly Provider[]): boolean {
  return ownersByName(providers)(name).length > 0
}

/** The provider's environment credentials in the order of the contract's section 3. */
export function environmentOrder(keys: readonly EnvironmentKey<unknown>[], provider: ProviderId): ProfileId[] {
  return keys.filter((key) => key.provider === provider).map((key) => key.profileId)
}

/** The credential of `TRASEAI_LIVE_<P>_KEY`, null when that is not set. */
export function liveOverrideOf(keys: readonly EnvironmentKey<unknown>[], provider: ProviderId): ProfileId | null {
  return keys.find((key) => key.provider === provider && key.live)?.profileId ?? null
}

function keysOf<S>(
  provider: ProviderId,
  variables: readonly KeyVariable[],
  layers: readonly EnvironmentLayer<S>[],
  operations: SecretOperations<S>,
): EnvironmentKey<S>[] {
  // In insertion order: a value is used once, at its first place, and its other places are only remembered.
  const keys = new Map<Fingerprint, EnvironmentKey<S> & { readonly alsoAt: EnvironmentPlace[] }>()
  for (const { name, use } of variables) {
    const found = lookUp(name, layers, operations)
    if (!found) continue
    const { place, shadows, differsIn } = found
    const [live, member] = [use === 'live', use === 'list']
    for (const { secret, fingerprint, suffix } of valuesOf(found.value, member, operations)) {
      const first = keys.get(fingerprint)
      if (first) {
        first.alsoAt.push(place)
        continue
      }
      if (keys.size === keysPerProviderMax) return [...keys.values()]
      const profileId = `${provider}:${name}${suffix}` as ProfileId // key-variables.ts admits only names that fit an id
      keys.set(fingerprint, {
        profileId,
        provider,
        place,
        live,
        member,
        shadows,
        differsIn,
        alsoAt: [],
        fingerprint,
        secret,
      })
    }
  }
  return [...keys.values()]
}

interface Found<S> {
  readonly value: S
  readonly place: EnvironmentPlace
  readonly shadows: readonly EnvironmentPlace[]
  readonly differsIn: readonly LayerKind[]
}

/** A variable's value in the first layer that has a non-blank one; undefined when none has. */
function lookUp<S>(
  name: string,
  layers: readonly EnvironmentLayer<S>[],
  operations: SecretOperations<S>,
): Found<S> | undefined {
  const places = layers.flatMap(({ kind, variables }) => {
    const value = variables.get(name)
    return value === undefined || operations.isBlank(value) ? [] : [{ kind, value }]
  })
  const [first, ...later] = places
  if (!first) return undefined
  const fingerprintOf = (value: S): Fingerprint => operations.fingerprint(operations.trim(value))
  return {
    value: first.value,
    place: { kind: first.kind, name },
    shadows: later.map(({ kind }) => ({ kind, name })),
    differsIn: later.filter(({ value }) => fingerprintOf(value) !== fingerprintOf(first.value)).map(({ kind }) => kind),
  }
}

interface Value<S> {
  readonly secret: S
  readonly fingerprint: Fingerprint
  /** What the credential's id has behind the variable's name. */
  readonly suffix: string
}

function valuesOf<S>(value: S, isList: boolean, operations: SecretOperations<S>): readonly Value<S>[] {
  if (!isList) {
    const secret = operations.trim(value)
    return [{ secret, fingerprint: operations.fingerprint(secret), suffix: '' }]
  }
  const members = new Map(operations.split(value).map((secret) => [operations.fingerprint(secret), secret]))
  const digits = memberNames([...members.keys()])
  return [...members].map(([fingerprint, secret]) => ({ secret, fingerprint, suffix: `#${digits.get(fingerprint)}` }))
}

/**
 * The first 6 digits of each fingerprint. Members that share those get as many digits more as tell them all apart (one
 * list in 16.8 million pairs): so a member's name depends on the set alone, never on the order of the list.
 */
function memberNames(fingerprints: readonly Fingerprint[]): ReadonlyMap<Fingerprint, string> {
  const groups = new Map<string, Fingerprint[]>()
  for (const fingerprint of fingerprints) {
    const start = fingerprint.slice(0, memberDigits)
    groups.set(start, [...(groups.get(start) ?? []), fingerprint])
  }
  return new Map(
    [...groups.values()].flatMap((group) => {
      let digits = memberDigits
      while (new Set(group.map((fingerprint) => fingerprint.slice(0, digits))).size < group.length) digits += 1
      return group.map((fingerprint) => [fingerprint, fingerprint.slice(0, digits)] as const)
    }),
  )
}
