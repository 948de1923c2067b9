// Which credential a request gets: the candidates of a provider in the order they would be tried, each with the reason for its place.
import { type LimitStanding, limitStanding } from './cooldown.ts'
import type { Credential } from './entities.ts'
import { type AgentId, type ProfileId, type ProviderId, providerOf, type SessionId } from './ids.ts'
import { drainedUntil, drainedWords, shareLeft, shareWords } from './quota.ts'
import { limitKey, type SharedLimit } from './quota-group.ts'
import type { RequestFacts } from './request-facts.ts'
import { type Limited, type Standing, standingOf, type Trial, trialOf } from './standing.ts'
import type { Strategy } from './strategy.ts'
import { isPaid, segmentsOf, usualOrder } from './usual-order.ts'

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
  /** To be tried by one request at a time, to find out: usable ones, and cooling ones when nothing else is left. */
  readonly trial?: Trial
  /** The member of its quota group whose cooldown keeps it from being used. */
  readonly limitedBy?: ProfileId
  /** An API key in the place of this subscription credential, which is rate limited: excluded, or to be announced. */
  readonly fallbackFor?: Limited
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
  /** What earlier requests taught. */
  readonly facts: RequestFacts
  /** Of the credentials that are in a quota group. */
  readonly groups: ReadonlyMap<ProfileId, SharedLimit>
  readonly strategy: Strategy
  /** `auth.allowPaidFallback` */
  readonly allowPaidFallback: boolean
  /** What this request has tried already: a subscription credential among them has refused it. */
  readonly tried: ReadonlySet<ProfileId>
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
 *
 * A strategy arranges what the order leaves open, and never puts an API key before a subscription credential that the order puts before
 * it: that would spend money unasked. For the next one alone there is a faster way with the same answer: next-candidate.ts.
 */
export function select(input: SelectionInput): Selection {
  const order = orderOf(input)
  const { basis } = order
  const usual = usualOrder(input)
  const known = new Map(usual.map((credential) => [credential.profileId, credential]))
  const inOrder = [...new Set(order.listed ?? known.keys())].flatMap((profileId) => known.get(profileId) ?? [])
  const places = withoutUnaskedSpending(input, placesOf(input, basis, inOrder))
  const included = arranged(
    input,
    places.filter(({ candidate }) => isIncluded(candidate)),
  )
  const next = included.find(isUsable)?.profileId ?? null
  const unasked = places.map(({ candidate }) => candidate).filter((candidate) => !isIncluded(candidate))
  const chosen = new Set(inOrder)
  const excluded = usual
    .filter((credential) => !chosen.has(credential))
    .map(({ profileId }) => ({ profileId, status: 'excluded' as const, reason: excludedBecause(order), until: null }))
  return { basis, candidates: [...included, ...unasked, ...excluded, ...input.barred], next }
}

/** The cooling candidate that is due first (the first of equals); null when none cools. */
export function dueSoonest(candidates: readonly Candidate[]): (Candidate & { readonly until: number }) | null {
  let soonest: (Candidate & { readonly until: number }) | null = null
  for (const candidate of candidates) {
    const { status, until } = candidate
    if (status !== 'cooling' || until === null) continue
    if (soonest === null || until < soonest.until) soonest = { ...candidate, until }
  }
  return soonest
}

export interface Order {
  readonly basis: SelectionBasis
  /** The only ones used, in this order; null for all of them in the usual order. */
  readonly listed: readonly ProfileId[] | null
}

type OrderInput = Pick<
  SelectionInput,
  'provider' | 'requestPin' | 'sessionPin' | 'liveOverride' | 'agentOrder' | 'configOrder'
>

/** The first rule of section 4 that applies. A session's pin is about its own provider and leaves the others alone. */
export function orderOf(input: OrderInput): Order {
  const { provider, requestPin, sessionPin, liveOverride, agentOrder, configOrder } = input
  if (requestPin !== null) return { basis: 'request-pin', listed: [requestPin] }
  if (sessionPin !== null && providerOf(sessionPin) === provider) return { basis: 'session-pin', listed: [sessionPin] }
  if (liveOverride !== null) return { basis: 'live-override', listed: [liveOverride] }
  if (agentOrder !== null) return { basis: 'agent-order', listed: agentOrder }
  if (configOrder !== null) return { basis: 'config-order', listed: configOrder }
  return { basis: 'default', listed: null }
}

function excludedBecause({ basis, listed }: Order): string | null {
  const first = listed?.[0] ?? ''
  const words = {
    'request-pin': `the request is pinned to ${first}`,
    'session-pin': `the session is pinned to ${first}`,
    'live-override': `${first.slice(first.indexOf(':') + 1)} overrides every other key`,
    'agent-order': 'not in the order set for this agent',
    'config-order': 'not in auth.order of traseai.json',
    default: null,
  } as const satisfies Record<SelectionBasis, string | null>
  return words[basis]
}

/** A candidate on its way to its place. */
interface Place {
  readonly credential: Credential
  readonly candidate: Candidate
  /** See `segmentsOf`. */
  readonly segment: number
  readonly isDrained: boolean
  /** When the cooldown ended that nothing has disproved yet; null without one. */
  readonly endedAt: number | null
  /** What the strategy goes by; the smaller comes first. */
  readonly turn: number
}

function placesOf(input: SelectionInput, basis: SelectionBasis, inOrder: readonly Credential[]): Place[] {
  const { facts, groups, model, now, strategy } = input
  const limits = new Map<SharedLimit, LimitStanding>()
  const segments = segmentsOf(inOrder)
  return inOrder.map((credential, index) => {
    const { profileId } = credential
    const group = groups.get(profileId)
    const limit = (group && limits.get(group)) ?? limitStanding(group?.members ?? [credential], model, now)
    if (group) limits.set(group, limit)
    const key = limitKey(profileId, group)
    const standing = standingOf(credential, { ...input, limit, limitKey: key, groupName: group?.name ?? null })
    const ofLimit = facts.limit(key)
    const quota = ofLimit.quotaOf(model)
    const trial = trialOf(standing, ofLimit)
    const isOpen = standing.status === 'ready' || standing.status === 'expiring'
    const learned = strategy === 'headroom' ? shareWords(quota, now) : null
    const reason =
      standing.reason ??
      (isOpen ? (trialWords(trial) ?? drainedWords(quota, now) ?? learned ?? usableBecause[basis]) : null)
    return {
      credential,
      candidate: candidateOf(profileId, standing, reason, trial),
      segment: segments[index] ?? 0,
      endedAt: standing.unproven?.until ?? null,
      isDrained: isOpen && drainedUntil(quota, now) !== null,
      turn: turnOf(strategy, facts.use(profileId).lastStart, () => shareLeft(quota, now)),
    }
  })
}

/** What a strategy goes by; the smaller comes first, and of equals the one that the order puts first. */
export function turnOf(strategy: Strategy, lastStart: number, share: () => number): number {
  if (strategy === 'round-robin') return lastStart
  return strategy === 'headroom' ? -share() : 0
}

function candidateOf(profileId: ProfileId, standing: Standing, reason: string | null, trial: Trial | null): Candidate {
  const { status, until, limitedBy } = standing
  return {
    profileId,
    status,
    reason,
    until,
    ...(trial === null ? {} : { trial }),
    ...(limitedBy === null ? {} : { limitedBy }),
  }
}

function trialWords(trial: Trial | null): string | null {
  return trial === null ? null : 'one request at a time, until one has succeeded after its cooldown'
}

/** An API key behind a subscription credential that is rate limited, has just been, or refused this very request, costs money unasked. */
function withoutUnaskedSpending({ tried, allowPaidFallback }: SelectionInput, places: readonly Place[]): Place[] {
  let limited: Limited | null = null
  return places.map((place): Place => {
    const { credential, candidate, endedAt } = place
    const { profileId, status, trial } = candidate
    if (!isPaid(credential)) {
      const rests = status === 'cooling' || (isUsable(candidate) && trial?.of === 'limit')
      if (rests || tried.has(profileId)) limited ??= { profileId, until: candidate.until ?? endedAt }
      return place
    }
    if (limited === null || !(isUsable(candidate) || status === 'cooling')) return place
    const fallbackFor: Limited = limited
    const words = `paid: ${fallbackFor.profileId} is rate limited`
    if (!allowPaidFallback) {
      const reason = `${words}, and auth.allowPaidFallback is off`
      return { ...place, candidate: { profileId, status: 'excluded', reason, until: null, fallbackFor } }
    }
    return {
      ...place,
      candidate: { ...candidate, reason: status === 'cooling' ? candidate.reason : words, fallbackFor },
    }
  })
}

/** By segment; within one those that said they have nothing left come last, and the session's last one first: provider caches are per credential. */
function arranged({ sessionLast }: SelectionInput, places: readonly Place[]): Candidate[] {
  const isKept = ({ candidate, isDrained }: Place): boolean =>
    candidate.profileId === sessionLast && isUsable(candidate) && !isDrained
  const kept = places.find(isKept)
  const rank = (place: Place): number => (place === kept ? 0 : place.isDrained ? 2 : 1)
  const sorted = places.toSorted((a, b) => a.segment - b.segment || rank(a) - rank(b) || a.turn - b.turn)
  return sorted.map((place, index) => {
    const { candidate } = place
    if (place !== kept || place === places[index]) return candidate
    return { ...candidate, reason: candidate.reason ?? 'this session used it last' }
  })
}

const usableBecause = {
  'request-pin': 'pinned by the request',
  'session-pin': 'pinned by the session',
  'live-override': 'overrides every other key',
  'agent-order': null,
  'config-order': null,
  default: null,
} as const satisfies Record<SelectionBasis, string | null>
