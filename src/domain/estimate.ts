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

/** Less is not worth a trial: a host that refuses must not be asked at each moment. */
const stepMsMin = 1_000

/** After the refusal that began the cooldown. Null when its answer did not say when there is room for one request. */
export function firstEstimate({ until }: Cooldown, roomAt: number | null, now: number): Estimate | null {
  return roomAt === null ? null : estimate(until, roomAt - now, now)
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
