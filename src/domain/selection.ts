// Which credential a request gets: the candidates of a provider in the order they would be tried, each with the reason for its place.
import type { ProfileId, ProviderId } from './ids.ts'
import type { Credential } from './state.ts'

export type CandidateStatus = 'ready' | 'cooling' | 'disabled' | 'expiring' | 'expired' | 'excluded'
/** Which rule of the contract's section 4 set the order. */
export type SelectionBasis = 'request-pin' | 'session-pin' | 'live-override' | 'agent-order' | 'config-order' | 'default'

export interface Candidate {
  readonly profileId: ProfileId
  readonly status: CandidateStatus
  /** Why it stands where it stands, in words; null when there is nothing to say. */
  readonly reason: string | null
  /** Epoch milliseconds: the end of a cooldown, or of a billing block. */
  readonly until: number | null
}

export interface SelectionInput {
  readonly provider: ProviderId
  readonly now: number
  /** All credentials of this provider, stored and from the environment, in any order. */
  readonly credentials: readonly Credential[]
  /** The environment's credentials in the order of the contract's section 3. */
  readonly environmentOrder: readonly ProfileId[]
  /** The credential of `TRASEAI_LIVE_<P>_KEY`, when that is set. */
  readonly liveOverride: ProfileId | null
  readonly requestPin: ProfileId | null
  readonly sessionPin: ProfileId | null
  readonly agentOrder: readonly ProfileId[] | null
  readonly configOrder: readonly ProfileId[] | null
  /** The credential this session got last. */
  readonly sessionLast: ProfileId | null
  /** Epoch milliseconds of the last use, absent when never used. */
  readonly lastUsedAt: ReadonlyMap<ProfileId, number>
  /** The model asked for; null asks for the whole credential's cooldowns only. */
  readonly model: string | null
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
}

export interface Selection {
  readonly basis: SelectionBasis
  /** In the order in which they would be tried; unusable ones keep their place, excluded ones come last. */
  readonly candidates: readonly Candidate[]
  /** The first usable one. */
  readonly next: ProfileId | null
}

/** True for a candidate that a request may be sent with now. */
export function isUsable(candidate: Candidate): boolean {
  return candidate.status === 'ready' || candidate.status === 'expiring'
}
