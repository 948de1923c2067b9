// When a credential rests after a refusal, and for how long: one cooldown at a time for each (credential, model).
import type { CommandOf } from './command.ts'
import { type Cooldown, type Credential, entryOf } from './entities.ts'
import { type DomainEvent, type EventData, isoInstant } from './events.ts'

type Cooldowns = Credential['cooldowns']

/** A statement of more is cut: the longest real ones are monthly quotas, and a wrong one must not lock a key for years. */
export const cooldownMsMax = 31 * 86_400_000
/** A statement of less is rounded up: "retry after 0" must not write an event for each answer. */
export const cooldownMsMin = 250
/** The wait when neither the provider nor the configuration names one. */
const fallbackMs = 30_000
/** Ended cooldowns kept for the ladder; the one that ended first goes first. */
const endedKeptMax = 32
/** A credential refused for this many models at a time is refused as a whole: clients choose model names freely. */
export const modelsCoolingMax = 128
/** A longer model name counts by its beginning. */
const modelCharactersMax = 200
const wholeCredential = '*'

/** The cooldown that was started last for this very (credential, model), running or ended; null for one never refused. */
export function lastCooldown(credential: Credential, model: string | null): Cooldown | null {
  return entryOf(credential.cooldowns, cooldownKey(model)) ?? null
}

/**
 * The cooldown that keeps a request for `model` from this credential: that of the model or of the whole credential,
 * whichever ends later. Without a model only the whole credential's. `now` is in epoch milliseconds.
 */
export function runningCooldown(credential: Credential, model: string | null, now: number): Cooldown | null {
  const running = concerning(credential, model).filter((cooldown) => isRunning(cooldown, now))
  return running.toSorted((a, b) => b.until - a.until)[0] ?? null
}

/** All cooldowns that run now, the one that ends first in front. */
export function runningCooldowns(credential: Credential, now: number): Cooldown[] {
  return Object.values(credential.cooldowns)
    .filter((cooldown) => isRunning(cooldown, now))
    .toSorted((a, b) => a.until - b.until)
}

/**
 * At most one CredentialRateLimited, lasting for the provider's stated reset or else the ladder's step for this many
 * refusals in a row. An answer to an attempt that began before the present value came, or before the last cooldown was
 * over, says nothing about now: it neither starts nor extends one.
 */
export function decideCooldown(
  credential: Credential,
  command: CommandOf<'RecordRateLimit'>,
  now: number,
): readonly DomainEvent[] {
  const startedAt = Math.min(command.startedAt, now)
  if (startedAt < credential.issuedAt && credential.issuedAt <= now) return []
  if (concerning(credential, command.model).some(({ since, until }) => since <= now && startedAt < until)) return []
  const model = coolingModel(credential, command.model, now)
  const previous = lastCooldown(credential, model)
  const refusals = previous && !command.succeededSince ? previous.refusals + 1 : 1
  const statedMs = statedWaitMs(command.retryAfterMs)
  const waitMs = statedMs ?? command.ladderMs.at(Math.min(refusals, command.ladderMs.length) - 1) ?? fallbackMs
  const data = {
    profileId: credential.profileId,
    ...(model === null ? {} : { model }),
    until: isoInstant(now + Math.ceil(Math.min(Math.max(waitMs, cooldownMsMin), cooldownMsMax))),
    ...(statedMs === null ? {} : { retryAfterMs: statedMs }),
    status: command.status,
    refusals,
  }
  return [{ type: 'CredentialRateLimited', data }]
}

/** The cooldowns after one more began at `at`; those that ended long ago are forgotten. */
export function evolveCooldowns(cooldowns: Cooldowns, data: EventData<'CredentialRateLimited'>, at: number): Cooldowns {
  const model = data.model ?? null
  const key = cooldownKey(model)
  const started = { ...cooldowns, [key]: { model, since: at, until: Date.parse(data.until), refusals: data.refusals } }
  const ended = Object.entries(started).filter(([, cooldown]) => !isRunning(cooldown, at))
  if (ended.length <= endedKeptMax) return started
  const forgotten = new Set(
    ended
      .toSorted(([, a], [, b]) => a.until - b.until)
      .slice(0, ended.length - endedKeptMax)
      .map(([each]) => each),
  )
  return Object.fromEntries(Object.entries(started).filter(([each]) => !forgotten.has(each)))
}

function cooldownKey(model: string | null): string {
  return model === null ? wholeCredential : model.slice(0, modelCharactersMax)
}

/** What a request for `model` has to respect: its own cooldown and the whole credential's. */
function concerning(credential: Credential, model: string | null): readonly Cooldown[] {
  const keys = new Set([cooldownKey(model), wholeCredential])
  return [...keys].flatMap((key) => entryOf(credential.cooldowns, key) ?? [])
}

/** One that begins in the future was written before the clock was set back: it would rest for as long as that was off. */
function isRunning(cooldown: Cooldown, now: number): boolean {
  return cooldown.since <= now && now < cooldown.until
}

/** The model as the cooldown will name it; null, the whole credential, once too many models cool at a time. */
function coolingModel(credential: Credential, model: string | null, now: number): string | null {
  const key = cooldownKey(model)
  return key === wholeCredential || runningCooldowns(credential, now).length >= modelsCoolingMax ? null : key
}

/** Whole milliseconds within the limits' reach, or null for none and for nonsense. */
function statedWaitMs(retryAfterMs: number | null): number | null {
  if (retryAfterMs === null || Number.isNaN(retryAfterMs)) return null
  return Math.ceil(Math.min(Math.max(retryAfterMs, 0), cooldownMsMax))
}
