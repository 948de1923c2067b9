// Arranges the credentials of an order as a request would try them: how each stands, what the strategy and the session make of it, and where money is held back.
import { type Candidate, isIncluded, isUsable } from './candidate.ts'
import { type LimitStanding, limitStanding } from './cooldown.ts'
import type { Credential } from './entities.ts'
import type { ProfileId } from './ids.ts'
import { drainedUntil, drainedWords, shareLeft, shareWords } from './quota.ts'
import { limitKey, type SharedLimit } from './quota-group.ts'
import type { RequestFacts } from './request-facts.ts'
import { type Limited, type Standing, standingOf, type Trial, trialOf } from './standing.ts'
import type { Strategy } from './strategy.ts'
import { isPaid, segmentsOf } from './usual-order.ts'

export interface ArrangementInput {
  readonly now: number
  /** The model asked for; null asks for the whole credential's cooldowns only. */
  readonly model: string | null
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
  /** What earlier requests taught. */
  readonly facts: RequestFacts
  /** Of the credentials that are in a quota group. */
  readonly groups: ReadonlyMap<ProfileId, SharedLimit>
  readonly strategy: Strategy
  /** `auth.allowPaidFallback` */
  readonly allowPaidFallback: boolean
  /** What this request has tried already: a subscription credential among them has refused it. */
  readonly tried: ReadonlySet<ProfileId>
  /** The credential this session got last; the caller forgets it when the order changes. */
  readonly sessionLast: ProfileId | null
  /** The reason of those that nothing else is to be said of. */
  readonly whyUsable: string | null
}

export interface Arrangement {
  readonly included: readonly Candidate[]
  /** API keys that are held back, because nobody allowed to spend in place of a subscription. */
  readonly heldBack: readonly Candidate[]
}

/** @param inOrder the credentials that are used, in their order */
export function arrange(input: ArrangementInput, inOrder: readonly Credential[]): Arrangement {
  const places = withoutUnaskedSpending(input, placesOf(input, inOrder))
  const included = places.filter(({ candidate }) => isIncluded(candidate))
  const heldBack = places.flatMap(({ candidate }) => (isIncluded(candidate) ? [] : [candidate]))
  return { included: arranged(input, included), heldBack }
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

function placesOf(input: ArrangementInput, inOrder: readonly Credential[]): Place[] {
  const { facts, groups, model, now, strategy, expiryWarningMs } = input
  const limits = new Map<SharedLimit, LimitStanding>()
  const segments = segmentsOf(inOrder)
  return inOrder.map((credential, index) => {
    const { profileId } = credential
    const group = groups.get(profileId)
    const limit = (group && limits.get(group)) ?? limitStanding(group?.members ?? [credential], model, now)
    if (group) limits.set(group, limit)
    const key = limitKey(profileId, group)
    const standing = standingOf(credential, {
      now,
      expiryWarningMs,
      limit,
      limitKey: key,
      groupName: group?.name ?? null,
    })
    const ofLimit = facts.limit(key)
    const quota = ofLimit.quotaOf(model)
    const trial = trialOf(standing, ofLimit)
    const isOpen = standing.status === 'ready' || standing.status === 'expiring'
    const likelyAt = limit.running === null ? null : ofLimit.likelyAt(limit.running)
    const learned = strategy === 'headroom' ? shareWords(quota, now) : null
    const reason =
      standing.reason ?? (isOpen ? (trialWords(trial) ?? drainedWords(quota, now) ?? learned ?? input.whyUsable) : null)
    return {
      credential,
      candidate: candidateOf(profileId, standing, reason, trial, likelyAt),
      segment: segments[index] ?? 0,
      endedAt: standing.unproven?.until ?? null,
      isDrained: isOpen && drainedUntil(quota, now) !== null,
      turn: turnOf(strategy, facts.use(profileId).lastStart, () => shareLeft(quota, now)),
    }
  })
}

/** What a strategy goes by; the smaller comes first, and of equals the one that the order puts first. */
function turnOf(strategy: Strategy, lastStart: number, share: () => number): number {
  if (strategy === 'round-robin') return lastStart
  return strategy === 'headroom' ? -share() : 0
}

function candidateOf(
  profileId: ProfileId,
  standing: Standing,
  reason: string | null,
  trial: Trial | null,
  likelyAt: number | null,
): Candidate {
  const { status, until, limitedBy } = standing
  return {
    profileId,
    status,
    reason,
    until,
    ...(status !== 'cooling' || likelyAt === null ? {} : { likelyAt }),
    ...(trial === null ? {} : { trial }),
    ...(limitedBy === null ? {} : { limitedBy }),
  }
}

function trialWords(trial: Trial | null): string | null {
  return trial === null ? null : 'one request at a time, until one has succeeded after its cooldown'
}

/** An API key behind a subscription credential that is rate limited, has just been, or refused this very request, costs money unasked. */
function withoutUnaskedSpending({ tried, allowPaidFallback }: ArrangementInput, places: readonly Place[]): Place[] {
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
function arranged({ sessionLast }: ArrangementInput, places: readonly Place[]): Candidate[] {
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
