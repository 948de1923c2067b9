// What keeps a credential from being used now: a person's word, its end, its provider's refusal, or a cooldown.
import type { LimitStanding } from './cooldown.ts'
import { isTrialDue } from './disable.ts'
import type { Cooldown, Credential } from './entities.ts'
import { expiryMoments } from './expiry.ts'
import type { ProfileId } from './ids.ts'
import type { LimitFacts } from './request-facts.ts'
import { restrictionWords } from './restriction.ts'

/** One request at a time may find out whether a block (`billing`) or a cooldown (`limit`) is over. */
export interface Trial {
  readonly of: 'billing' | 'limit'
  /** Of the block or the limit: trials with the same key are one trial. */
  readonly key: string
}

/** A subscription credential in whose place money would be spent; `until` (epoch ms) is the end of its cooldown, null without one. */
export interface Limited {
  readonly profileId: ProfileId
  readonly until: number | null
}

/** How a credential stands, whatever the order says; without regard to what is known in memory only (see `trialOf`). */
export interface Standing {
  readonly status: 'ready' | 'cooling' | 'disabled' | 'expiring' | 'expired'
  readonly reason: string | null
  /** Epoch milliseconds: the end of a cooldown, or of a billing block. */
  readonly until: number | null
  /** While it cools and for a while afterwards, and after a billing block. */
  readonly trial: Trial | null
  /** The cooldown that ended and that no success has disproved yet, as far as the log knows. */
  readonly unproven: Cooldown | null
  /** The sibling of its quota group whose cooldown it is; null when it is its own, or there is none. */
  readonly limitedBy: ProfileId | null
  /** Epoch milliseconds between which all this stays true, as long as no event changes a credential. */
  readonly from: number
  readonly holdsUntil: number
}

export interface StandingInput {
  readonly now: number
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
  readonly limit: LimitStanding
  /** Under what its limit is known, and the name of its quota group. */
  readonly limitKey: string
  readonly groupName: string | null
}

/**
 * The lasting cause before the passing one: switched off by a person, expired (which is why the provider refuses it, if it
 * does), refused by the provider, cooling.
 */
export function standingOf(credential: Credential, input: StandingInput): Standing {
  const { now, limit } = input
  const { profileId, disabled, restrictedTo } = credential
  const moments = expiryMoments(credential, input.expiryWarningMs)
  const billing = disabled?.reason === 'billing' ? disabled : null
  const holdsUntil = Math.min(
    limit.holdsUntil,
    later(moments?.expired, now),
    later(moments?.expiring, now),
    later(billing?.retryAt, now),
    later(billing?.since, now),
  )
  const as = (status: Standing['status'], reason: string | null, more: Partial<Standing> = {}): Standing => ({
    status,
    reason,
    until: null,
    trial: null,
    unproven: null,
    limitedBy: null,
    from: now,
    holdsUntil,
    ...more,
  })
  if (disabled?.reason === 'user') return as('disabled', 'switched off by hand')
  if (moments !== null && now >= moments.expired) return as('expired', 'expired')
  if (disabled?.reason === 'unauthorized') return as('disabled', 'the provider refused it as unauthorized')
  const isBillingTrial = billing !== null && isTrialDue(billing, now)
  if (disabled && !isBillingTrial) {
    return as('disabled', 'the provider refused it for billing', { until: disabled.retryAt })
  }
  if (limit.running !== null) return as('cooling', coolingReason(input, profileId), coolingFacts(input, profileId))
  const isExpiring = moments !== null && moments.expiring !== null && now >= moments.expiring
  const status = isExpiring ? 'expiring' : 'ready'
  if (isBillingTrial) {
    return as(status, 'one trial after a billing block', { trial: { of: 'billing', key: `${profileId}\nbilling` } })
  }
  const reason = restrictedTo === null ? null : restrictionWords(restrictedTo)
  const { ended } = limit
  return as(status, reason, ended === null ? {} : { trial: limitTrial(input.limitKey, ended), unproven: ended })
}

/** A moment that is still to come, else never. */
function later(moment: number | null | undefined, now: number): number {
  return typeof moment === 'number' && moment > now ? moment : Infinity
}

/** Its trial while one is due: after a cooldown only until a request that began after its end has succeeded. */
export function trialOf({ trial, unproven }: Standing, facts: LimitFacts): Trial | null {
  return unproven !== null && facts.succeededSince(unproven.model, unproven.until) ? null : trial
}

function coolingFacts({ limit, limitKey }: StandingInput, profileId: ProfileId): Partial<Standing> {
  const { running, runningOn } = limit
  if (running === null || runningOn === null) return {}
  const limitedBy = runningOn.profileId === profileId ? null : runningOn.profileId
  return { until: running.until, limitedBy, trial: limitTrial(limitKey, running) }
}

/** `rate limited`, `rate limited for gpt-5`, `rate limited with openai:a (group acme)` */
function coolingReason({ limit, groupName }: StandingInput, profileId: ProfileId): string {
  const { running, runningOn } = limit
  const model = running?.model ?? null
  const words = model === null ? 'rate limited' : `rate limited for ${model}`
  if (runningOn === null || runningOn.profileId === profileId) return words
  return `${words} with ${runningOn.profileId} (group ${groupName})`
}

function limitTrial(limitKey: string, { model }: Cooldown): Trial {
  return { of: 'limit', key: `${limitKey}\n${model ?? '*'}` }
}
