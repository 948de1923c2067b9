// When a limit that cools is likely to have room again before its cooldown ends: kept in memory alone, and found out by one trial at a time.
import type { Cooldown } from './entities.ts'

/** Of one cooldown. */
export interface Estimate {
  /** Epoch milliseconds: the end of that cooldown. */
  readonly until: number
  /** Epoch milliseconds, at most `until`. */
  readonly at: number
  /** How far ahead it was when it was made. */
  readonly stepMs: number
}

/** What a refusal says about the time until the next request fits. */
export interface Stated {
  /** See `roomAt` in refill.ts. */
  readonly roomAt: number | null
  /** The wait that the cooldown goes by; null when none was stated. */
  readonly retryAfterMs: number | null
}

/** Less is not worth a trial: a host that refuses must not be asked at each moment. */
const stepMsMin = 1_000
/** Of a wait that nobody stated: after 5 s of the usual 30, and twice as long each time. */
const guessShare = 1 / 6

/** After the refusal that began the cooldown. Null when the provider named the very moment for the next request. */
export function firstEstimate(running: Cooldown, { roomAt, retryAfterMs }: Stated, now: number): Estimate | null {
  if (roomAt !== null) return estimate(running.until, roomAt - now, now)
  return retryAfterMs === null ? estimate(running.until, (running.until - now) * guessShare, now) : null
}

/** After a trial that took the room there was. */
export function nextEstimate({ until }: Cooldown, roomAt: number, now: number): Estimate {
  return estimate(until, roomAt - now, now)
}

/** After a trial that was refused: at least twice as far ahead as before, so that a host that is overloaded is asked ever less often. */
export function laterEstimate(before: Estimate, roomAt: number | null, now: number): Estimate {
  return estimate(before.until, Math.max(2 * before.stepMs, (roomAt ?? now) - now), now)
}

function estimate(until: number, aheadMs: number, now: number): Estimate {
  const stepMs = Math.ceil(Math.max(aheadMs, stepMsMin))
  return { until, at: Math.min(now + stepMs, until), stepMs }
}
