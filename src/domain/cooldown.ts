// When a credential rests after a refusal, and for how long: one cooldown at a time for each (credential, model).
import type { CommandOf } from './command.ts'
import { type Cooldown, type Credential, entryOf, withoutEntry } from './entities.ts'
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

/**
 * Of some credentials that share a limit (or of one alone) the cooldown that was started for this very model, running or ended, and
 * ends last; null when none was ever refused.
 */
export function lastCooldown(sharing: readonly Credential[], model: string | null): Cooldown | null {
  const key = cooldownKey(model)
  let last: Cooldown | null = null
  for (const { cooldowns } of sharing) {
    const cooldown = entryOf(cooldowns, key)
    if (cooldown && (last === null || last.until < cooldown.until)) last = cooldown
  }
  return last
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
 * @param siblings those that share its limit: a cooldown of theirs is one of its own
 */
export function decideCooldown(
  credential: Credential,
  siblings: readonly Credential[],
  command: CommandOf<'RecordRateLimit'>,
  now: number,
): readonly DomainEvent[] {
  const sharing = [credential, ...siblings]
  const startedAt = Math.min(command.startedAt, now)
  if (startedAt < credential.issuedAt && credential.issuedAt <= now) return []
  const known = sharing.flatMap((each) => concerning(each, command.model))
  if (known.some(({ since, until }) => since <= now && startedAt < until)) return []
  const model = coolingModel(credential, command.model, now)
  const previous = lastCooldown(sharing, model)
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

/**
 * A person ends them all. A good answer ends those that it proves wrong: that of its model and of the whole credential, as far as they run
 * and its request began after them; one that was under way when the credential was refused says nothing.
 */
export function decideClear(
  { profileId, cooldowns }: Credential,
  command: CommandOf<'ClearCooldowns'>,
  now: number,
): readonly DomainEvent[] {
  const { reason } = command
  if (reason === 'user') {
    return Object.keys(cooldowns).length === 0
      ? []
      : [{ type: 'CredentialCooldownCleared', data: { profileId, reason } }]
  }
  const disproved = concerning({ cooldowns }, command.model).filter(
    (cooldown) => isRunning(cooldown, now) && cooldown.since < command.startedAt,
  )
  return disproved.map(({ model }) => {
    const data = { profileId, reason, ...(model === null ? {} : { model }) }
    return { type: 'CredentialCooldownCleared', data }
  })
}

/** The cooldowns after some were ended early: all of them by a person, the one of `model` (absent: of the whole credential) by a trial. */
export function evolveCleared(
  cooldowns: Cooldowns,
  { reason, model }: EventData<'CredentialCooldownCleared'>,
): Cooldowns {
  return reason === 'user' ? {} : withoutEntry(cooldowns, cooldownKey(model ?? null))
}

/** What an ended cooldown leaves to be found out: whether its limit is over; after this time nobody wonders any more. */
export const unprovenMsMax = 600_000

/** What is known of a limit that one or more credentials share. */
export interface LimitStanding {
  /** The cooldown that ends last of those that run, and whose it is. */
  readonly running: Cooldown | null
  readonly runningOn: Credential | null
  /** The one that ended last of those that ended a short while ago. */
  readonly ended: Cooldown | null
  /** Epoch milliseconds: all this holds from the moment it was asked for until then. */
  readonly holdsUntil: number
}

/** See `LimitStanding`. What concerns a request for `model`: its own cooldowns and those of whole credentials. */
export function limitStanding(sharing: readonly Credential[], model: string | null, now: number): LimitStanding {
  let running: Cooldown | null = null
  let runningOn: Credential | null = null
  let ended: Cooldown | null = null
  let holdsUntil = Infinity
  for (const credential of sharing) {
    for (const cooldown of concerning(credential, model)) {
      const { since, until } = cooldown
      if (now < since) {
        holdsUntil = Math.min(holdsUntil, since)
      } else if (now < until) {
        holdsUntil = Math.min(holdsUntil, until)
        if (running === null || running.until < until) [running, runningOn] = [cooldown, credential]
      } else if (now < until + unprovenMsMax) {
        holdsUntil = Math.min(holdsUntil, until + unprovenMsMax)
        if (ended === null || ended.until < until) ended = cooldown
      }
    }
  }
  return { running, runningOn, ended, holdsUntil }
}

/** A model as its cooldowns name it; null is the whole credential. */
export function cooldownModel(model: string | null): string | null {
  const key = cooldownKey(model)
  return key === wholeCredential ? null : key
}

function cooldownKey(model: string | null): string {
  return model === null ? wholeCredential : model.slice(0, modelCharactersMax)
}

/** What a request for `model` has to respect: its own cooldown and the whole credential's. */
function concerning({ cooldowns }: Pick<Credential, 'cooldowns'>, model: string | null): readonly Cooldown[] {
  const whole = entryOf(cooldowns, wholeCredential)
  const key = cooldownKey(model)
  const own = key === wholeCredential ? undefined : entryOf(cooldowns, key)
  if (whole && own) return [whole, own]
  return whole ? [whole] : own ? [own] : none
}

const none: readonly Cooldown[] = []

/** One that begins in the future was written before the clock was set back: it would rest for as long as that was off. */
function isRunning(cooldown: Cooldown, now: number): boolean {
  return cooldown.since <= now && now < cooldown.until
}

/** The model as the cooldown will name it; null, the whole credential, once too many models cool at a time. */
function coolingModel(credential: Credential, model: string | null, now: number): string | null {
  return runningCooldowns(credential, now).length >= modelsCoolingMax ? null : cooldownModel(model)
}

/** Whole milliseconds within the limits' reach, or null for none and for nonsense. */
function statedWaitMs(retryAfterMs: number | null): number | null {
  if (retryAfterMs === null || Number.isNaN(retryAfterMs)) return null
  return Math.ceil(Math.min(Math.max(retryAfterMs, 0), cooldownMsMax))
}
