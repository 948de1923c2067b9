// Which credential a request gets: the candidates of a provider in the order they would be tried, each with the reason for its place.
import { runningCooldown } from './cooldown.ts'
import { type Credential, isStored } from './entities.ts'
import { expiryStatus } from './expiry.ts'
import { type AgentId, type ProfileId, type ProviderId, providerOf, type SessionId } from './ids.ts'
import { restrictionWords } from './restriction.ts'

export const candidateStatuses = ['ready', 'cooling', 'disabled', 'expiring', 'expired', 'excluded'] as const
export type CandidateStatus = (typeof candidateStatuses)[number]
/** Which rule of the contract's section 4 set the order. */
export type SelectionBasis =
  | 'request-pin'
  | 'session-pin'
  | 'live-override'
  | 'agent-order'
  | 'config-order'
  | 'default'

export interface Candidate {
  readonly profileId: ProfileId
  readonly status: CandidateStatus
  /** Why it stands where it stands, in words; null when there is nothing to say. */
  readonly reason: string | null
  /** Epoch milliseconds: the end of a cooldown, or of a billing block. */
  readonly until: number | null
  /** After a billing block: usable by one request at a time, to find out. */
  readonly isTrial?: true
}

/** What a selection is asked for. Null asks for the default agent, for no session, no pin, or the whole credential's cooldowns only. */
export interface SelectionRequest {
  readonly provider: ProviderId
  readonly agent: AgentId | null
  readonly session: SessionId | null
  readonly requestPin: ProfileId | null
  readonly model: string | null
}

/** Of a request without a session, a pin or a model. */
export const plainRequest = { session: null, requestPin: null, model: null } as const

export interface SelectionInput {
  readonly provider: ProviderId
  readonly now: number
  /** The provider's credentials that the agent's request may be sent with, stored and from the environment, in any order. */
  readonly credentials: readonly Credential[]
  /** The provider's others, excluded with their reasons: see eligibility.ts. */
  readonly barred: readonly Candidate[]
  /** The environment's credentials in the order of the contract's section 3. */
  readonly environmentOrder: readonly ProfileId[]
  /** The credential of `TRASEAI_LIVE_<P>_KEY`, when that is set. */
  readonly liveOverride: ProfileId | null
  readonly requestPin: ProfileId | null
  readonly sessionPin: ProfileId | null
  readonly agentOrder: readonly ProfileId[] | null
  readonly configOrder: readonly ProfileId[] | null
  /** The credential this session got last; the caller forgets it when the order changes. */
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

/** False for a candidate that the order in force leaves out, whatever its condition. */
export function isIncluded(candidate: Candidate): boolean {
  return candidate.status !== 'excluded'
}

/** True for a candidate that a request may be sent with now. */
export function isUsable(candidate: Candidate): boolean {
  return candidate.status === 'ready' || candidate.status === 'expiring'
}

/**
 * The candidates for a request, by the contract's section 4. A pin, like the live override, is an order of one: what it
 * names is used or nothing is, so that a pinned subscription never turns into a paid key unseen. Ids that no credential
 * has are skipped; a pin nobody has excludes them all.
 */
export function select(input: SelectionInput): Selection {
  const { basis, listed, excludedBecause } = orderOf(input)
  const usual = usualOrder(input)
  const known = new Map(usual.map((credential) => [credential.profileId, credential]))
  const inOrder = [...new Set(listed ?? known.keys())].flatMap((profileId) => known.get(profileId) ?? [])
  const included = sessionFirst(
    input,
    inOrder.map((credential) => standing(input, basis, credential)),
  )
  const chosen = new Set(inOrder)
  const excluded = usual
    .filter((credential) => !chosen.has(credential))
    .map(({ profileId }) => ({ profileId, status: 'excluded' as const, reason: excludedBecause, until: null }))
  const candidates = [...included, ...excluded, ...input.barred]
  return { basis, candidates, next: included.find(isUsable)?.profileId ?? null }
}

/** The cooling candidate that is due first (the first of equals), and when in epoch milliseconds; null when none cools. */
export function dueSoonest(
  candidates: readonly Candidate[],
): { readonly profileId: ProfileId; readonly until: number } | null {
  let soonest: { readonly profileId: ProfileId; readonly until: number } | null = null
  for (const { profileId, status, until } of candidates) {
    if (status !== 'cooling' || until === null) continue
    if (soonest === null || until < soonest.until) soonest = { profileId, until }
  }
  return soonest
}

interface Order {
  readonly basis: SelectionBasis
  /** The only ones used, in this order; null for all of them in the usual order. */
  readonly listed: readonly ProfileId[] | null
  readonly excludedBecause: string | null
}

/** The first rule of section 4 that applies. A session's pin is about its own provider and leaves the others alone. */
function orderOf(input: SelectionInput): Order {
  const { provider, requestPin, sessionPin, liveOverride, agentOrder, configOrder } = input
  if (requestPin !== null) {
    return { basis: 'request-pin', listed: [requestPin], excludedBecause: `the request is pinned to ${requestPin}` }
  }
  if (sessionPin !== null && providerOf(sessionPin) === provider) {
    return { basis: 'session-pin', listed: [sessionPin], excludedBecause: `the session is pinned to ${sessionPin}` }
  }
  if (liveOverride !== null) {
    const variable = liveOverride.slice(provider.length + 1)
    return { basis: 'live-override', listed: [liveOverride], excludedBecause: `${variable} overrides every other key` }
  }
  if (agentOrder !== null) {
    return { basis: 'agent-order', listed: agentOrder, excludedBecause: 'not in the order set for this agent' }
  }
  if (configOrder !== null) {
    return { basis: 'config-order', listed: configOrder, excludedBecause: 'not in auth.order of traseai.json' }
  }
  return { basis: 'default', listed: null, excludedBecause: null }
}

const storedKinds = ['oauth', 'token', 'api_key'] as const satisfies readonly Credential['kind'][]

/** Stored ones by kind, within a kind the longest unused first; then the environment's in their own order. */
function usualOrder({ credentials, environmentOrder, lastUsedAt }: SelectionInput): Credential[] {
  const place = new Map(environmentOrder.map((profileId, index) => [profileId, index]))
  const usedAt = ({ profileId }: Credential): number => lastUsedAt.get(profileId) ?? -1
  const byId = (a: Credential, b: Credential): number => (a.profileId < b.profileId ? -1 : 1)
  const stored = credentials
    .filter(({ source }) => isStored(source))
    .sort((a, b) => {
      const kinds = storedKinds.indexOf(a.kind) - storedKinds.indexOf(b.kind)
      return kinds || usedAt(a) - usedAt(b) || byId(a, b)
    })
  // One that is not in the order is about to leave: its variable is gone already.
  const placeOf = ({ profileId }: Credential): number => place.get(profileId) ?? environmentOrder.length
  const environment = credentials.filter(({ source }) => !isStored(source))
  return [...stored, ...environment.sort((a, b) => placeOf(a) - placeOf(b) || byId(a, b))]
}

/** The session's last credential in front, as long as it is usable: provider caches are per credential. */
function sessionFirst({ sessionLast }: SelectionInput, candidates: readonly Candidate[]): readonly Candidate[] {
  const last = candidates.find((candidate) => candidate.profileId === sessionLast && isUsable(candidate))
  if (!last || last === candidates[0]) return candidates
  const kept = { ...last, reason: last.reason ?? 'this session used it last' }
  return [kept, ...candidates.filter((candidate) => candidate !== last)]
}

/**
 * What keeps a credential from being used, the lasting cause before the passing one: switched off by a person, expired
 * (which is why the provider refuses it, if it does), refused by the provider, cooling.
 */
function standing(input: SelectionInput, basis: SelectionBasis, credential: Credential): Candidate {
  const { now, model, expiryWarningMs } = input
  const { profileId, disabled } = credential
  const as = (status: CandidateStatus, reason: string | null, until: number | null = null): Candidate => {
    return { profileId, status, reason, until }
  }
  const expiry = expiryStatus(credential, now, expiryWarningMs)
  const isTrial = disabled?.reason === 'billing' && disabled.retryAt !== null && disabled.retryAt <= now
  if (disabled?.reason === 'user') return as('disabled', 'switched off by hand')
  if (expiry === 'expired') return as('expired', 'expired')
  if (disabled?.reason === 'unauthorized') return as('disabled', 'the provider refused it as unauthorized')
  if (disabled && !isTrial) return as('disabled', 'the provider refused it for billing', disabled.retryAt)
  const cooldown = runningCooldown(credential, model, now)
  if (cooldown) {
    const reason = cooldown.model === null ? 'rate limited' : `rate limited for ${cooldown.model}`
    return as('cooling', reason, cooldown.until)
  }
  const status = expiry === 'expiring' ? 'expiring' : 'ready'
  if (isTrial) return { ...as(status, 'one trial after a billing block'), isTrial }
  if (credential.restrictedTo !== null) return as(status, restrictionWords(credential.restrictedTo))
  return as(status, usableBecause[basis])
}

const usableBecause = {
  'request-pin': 'pinned by the request',
  'session-pin': 'pinned by the session',
  'live-override': 'overrides every other key',
  'agent-order': null,
  'config-order': null,
  default: null,
} as const satisfies Record<SelectionBasis, string | null>
