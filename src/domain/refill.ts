// When a limit that fills again evenly has room for one more request, as far as an answer's headers tell.
import { type HeaderLookup, type StatedLimit, statedLimits, namesNextRequest } from './reset-time.ts'

const periodsMs = [60_000, 3_600_000, 86_400_000] as const
/** What the next request takes of a limit on tokens is known to nobody. This is more than most take, and the trial finds out. */
const tokensNeededMax = 50_000
const tokenShareMax = 1 / 6

/**
 * Epoch milliseconds; `now` where there is room already. Providers name the moment at which a limit is whole again (docs.claude.com/en/api/rate-limits,
 * platform.openai.com/docs/guides/rate-limits) and fill it all the time until then. Null when the answer states no such limit, or names the moment
 * for the next request itself, as `retry-after` does.
 */
export function roomAt(header: HeaderLookup, now: number): number | null {
  if (namesNextRequest(header)) return null
  const waits = statedLimits(header, now).flatMap((limit) => waitMs(limit) ?? [])
  return waits.length === 0 ? null : now + Math.ceil(Math.max(...waits))
}

/** Null for a limit of which not everything is stated. */
function waitMs(limit: StatedLimit): number | null {
  const { of, remaining, whole, resetMs } = limit
  if (remaining === null || whole === null || whole <= 0 || resetMs === null || resetMs <= 0) return null
  const needed = of === 'requests' ? 1 : Math.min(whole * tokenShareMax, tokensNeededMax)
  if (remaining >= needed) return 0
  const left = exactlyLeft(whole, remaining, resetMs)
  return (resetMs * (needed - left)) / (whole - left)
}

/** `remaining` is rounded down, and for a small limit the rest matters: it follows from the reset, for limits by the minute, the hour or the day. */
function exactlyLeft(whole: number, remaining: number, resetMs: number): number {
  const lefts = periodsMs.map((periodMs) => whole * (1 - resetMs / periodMs))
  return lefts.find((left) => remaining <= left && left < remaining + 1) ?? remaining
}
