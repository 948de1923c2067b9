// The next candidate of a request, from an order that is prepared once for many requests: the first usable one of `select`, found without arranging the rest.
import { type LimitStanding, limitStanding } from './cooldown.ts'
import { type Credential, isStored } from './entities.ts'
import type { ProfileId } from './ids.ts'
import { drainedUntil, shareLeft } from './quota.ts'
import { limitKey, type SharedLimit } from './quota-group.ts'
import type { LimitFacts, RequestFacts, UseFacts } from './request-facts.ts'
import { type Limited, type Standing, standingOf, type Trial, trialOf } from './standing.ts'
import type { Strategy } from './strategy.ts'
import { isPaid, segmentsOf, usualRank } from './usual-order.ts'

/** An order of credentials as it stays until an event changes one of them. Keep it for no longer. */
export interface Roster {
  /** Of each segment (see `segmentsOf`) its places in the order. */
  readonly segments: readonly (readonly Place[])[]
  readonly places: ReadonlyMap<ProfileId, Place>
}

interface Place {
  readonly credential: Credential
  readonly segment: readonly Place[]
  /** What the order says before the longest unused counts. */
  readonly rank: number
  /** Whether the longest unused counts, within a rank. */
  readonly byUse: boolean
  readonly use: UseFacts
  readonly ofLimit: LimitFacts
  readonly limitKey: string
  readonly group: SharedGroup | null
  /** For the model it was asked for last. */
  standing: Standing | null
  model: string | null
}

/** The standing of a quota group's limit, worked out once for all of its members. */
interface SharedGroup {
  readonly shared: SharedLimit
  limit: LimitStanding | null
  model: string | null
  from: number
}

/** Whom a request is sent with. */
export interface Choice {
  readonly profileId: ProfileId
  /** It may be tried by one request at a time. */
  readonly trial: Trial | null
  /** The subscription credential in whose place this API key spends money. */
  readonly fallbackFor: Limited | null
}

export interface ChoiceInput {
  /** Epoch milliseconds; so is every moment here. */
  readonly now: number
  readonly model: string | null
  readonly strategy: Strategy
  readonly sessionLast: ProfileId | null
  readonly allowPaidFallback: boolean
  readonly expiryWarningMs: number
  /** What this request has tried already. */
  readonly tried: ReadonlySet<ProfileId>
  /** Whether another request is making this trial. */
  isBusy(trial: Trial): boolean
}

/**
 * @param order the credentials that are used; with `isUsual` in the steady order, of which the longest unused goes first
 */
export function makeRoster(
  order: readonly Credential[],
  isUsual: boolean,
  facts: RequestFacts,
  groups: ReadonlyMap<ProfileId, SharedLimit>,
): Roster {
  const shared = new Map([...new Set(groups.values())].map((each): [SharedLimit, SharedGroup] => [each, groupOf(each)]))
  const segments: Place[][] = []
  const numbers = segmentsOf(order)
  order.forEach((credential, index) => {
    const group = groups.get(credential.profileId)
    const key = limitKey(credential.profileId, group)
    const segment = (segments[numbers[index] ?? 0] ??= [])
    const place: Place = {
      credential,
      segment,
      rank: isUsual ? usualRank(credential) : index,
      byUse: isUsual && isStored(credential.source),
      use: facts.use(credential.profileId),
      ofLimit: facts.limit(key),
      limitKey: key,
      group: (group && shared.get(group)) ?? null,
      standing: null,
      model: null,
    }
    segment.push(place)
  })
  return { segments, places: new Map(segments.flat().map((place) => [place.credential.profileId, place])) }
}

const groupOf = (shared: SharedLimit): SharedGroup => ({ shared, limit: null, model: null, from: 0 })

/** The first candidate of the arranged order that this request may be sent with now, or null. */
export function nextCandidate(roster: Roster, input: ChoiceInput): Choice | null {
  const last = input.sessionLast === null ? undefined : roster.places.get(input.sessionLast)
  let limited: Limited | null = null
  for (const segment of roster.segments) {
    const found =
      (last?.segment === segment ? firstOf([last], input, limited, false) : null) ??
      firstOf(segment, input, limited, false) ??
      firstOf(segment, input, limited, true)
    if (found !== null) return choiceOf(found, input, limited)
    limited ??= limitedIn(segment, input)
  }
  return null
}

function choiceOf(place: Place, input: ChoiceInput, limited: Limited | null): Choice {
  const fallbackFor = limited !== null && isPaid(place.credential) ? limited : null
  return { profileId: place.credential.profileId, trial: trialOf(standing(place, input), place.ofLimit), fallbackFor }
}

/** The first of one segment. @param drained whether those that said they have nothing left are wanted, or only the others */
function firstOf(
  segment: readonly Place[],
  input: ChoiceInput,
  limited: Limited | null,
  drained: boolean,
): Place | null {
  const { strategy, model, now } = input
  const isPlain = strategy === 'ordered'
  let best: Place | null = null
  let bestTurn = 0
  for (const place of segment) {
    // The cheap comparison first: most are looked at no further.
    if (best !== null && isPlain && (!place.byUse || place.rank > best.rank)) break
    const turn = isPlain ? 0 : turnOf(place, input)
    if (best !== null && !isBefore(place, turn, best, bestTurn)) continue
    if (!isOpen(place, input, limited)) continue
    const quota = place.ofLimit.quotaOf(model)
    if ((quota !== null && drainedUntil(quota, now) !== null) !== drained) continue
    best = place
    bestTurn = turn
  }
  return best
}

function turnOf(place: Place, { strategy, model, now }: ChoiceInput): number {
  return strategy === 'round-robin' ? place.use.lastStart : -shareLeft(place.ofLimit.quotaOf(model), now)
}

/** Places come in the order, so that of equals the earlier one stays. */
function isBefore(place: Place, turn: number, best: Place, bestTurn: number): boolean {
  if (turn !== bestTurn) return turn < bestTurn
  return place.byUse && place.rank === best.rank && place.use.lastUsedAt < best.use.lastUsedAt
}

function isOpen(place: Place, input: ChoiceInput, limited: Limited | null): boolean {
  const { credential } = place
  if (limited !== null && !input.allowPaidFallback && isPaid(credential)) return false
  const stands = standing(place, input)
  if (stands.status !== 'ready' && stands.status !== 'expiring') return false
  if (input.tried.has(credential.profileId)) return false
  if (stands.trial === null) return true
  const trial = trialOf(stands, place.ofLimit)
  return trial === null || !input.isBusy(trial)
}

/** The first subscription credential of a segment that is rate limited, has just been, or refused this request. */
function limitedIn(segment: readonly Place[], input: ChoiceInput): Limited | null {
  for (const place of segment) {
    const { credential } = place
    if (isPaid(credential)) continue
    const stands = standing(place, input)
    const rests = stands.status === 'cooling' || trialOf(stands, place.ofLimit)?.of === 'limit'
    if (!rests && !input.tried.has(credential.profileId)) continue
    return { profileId: credential.profileId, until: stands.until ?? stands.unproven?.until ?? null }
  }
  return null
}

function standing(place: Place, { now, model, expiryWarningMs }: ChoiceInput): Standing {
  const known = place.standing
  if (known !== null && place.model === model && known.from <= now && now < known.holdsUntil) return known
  const limit = place.group === null ? limitStanding([place.credential], model, now) : ofGroup(place.group, model, now)
  const groupName = place.group?.shared.name ?? null
  place.model = model
  place.standing = standingOf(place.credential, { now, expiryWarningMs, limit, limitKey: place.limitKey, groupName })
  return place.standing
}

function ofGroup(group: SharedGroup, model: string | null, now: number): LimitStanding {
  const { limit } = group
  if (limit !== null && group.model === model && group.from <= now && now < limit.holdsUntil) return limit
  group.model = model
  group.from = now
  return (group.limit = limitStanding(group.shared.members, model, now))
}
