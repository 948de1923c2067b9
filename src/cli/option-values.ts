// Reads the words of options and arguments into values, and refuses them in a sentence.
import { InvalidArgumentError } from 'commander'
import ms, { type StringValue } from 'ms'

/** For commander: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`)
  }
}

/** For commander: an option that may be given several times, or once with commas. */
export function listOf(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...text.split(',').filter((item) => item !== '')]
}

/** For commander: a duration such as `8s`, in milliseconds; a bare number is seconds. */
export function durationMs(leastMs: number, mostMs: number): (text: string) => number {
  return (text) => {
    const spelled = /^\d+$/.test(text) ? `${text}s` : text
    const value = durationPattern.test(spelled) ? ms(spelled as StringValue) : Number.NaN // the pattern is close to its type
    if (value >= leastMs && value <= mostMs) return value
    throw new InvalidArgumentError(`A duration from ${ms(leastMs)} to ${ms(mostMs)} is needed, such as 8s.`)
  }
}

const durationPattern = /^\d+(\.\d+)?\s*[a-z]+$/i
const instantPattern = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** For commander: text that `instantOf` understands. */
export function instantText(text: string): string {
  if (instantOf(text, 0) !== null) return text
  throw new InvalidArgumentError('A time ago (90s, 2h, 7d) or a date (2026-11-22, 2026-11-22T10:00:00Z) is needed.')
}

/**
 * `2h` is two hours before `now`; `2026-11-22` and `2026-11-22T10:00` are in the caller's time zone unless they name one.
 * @returns ISO 8601 in UTC, null for anything else
 */
export function instantOf(text: string, now: number): string | null {
  if (durationPattern.test(text)) {
    const durationMs: number | undefined = ms(text as StringValue) // the pattern is close to its type, and undefined says no
    const from = new Date(now - (durationMs ?? Number.NaN))
    // Longer ago than Date reaches is no time either.
    return Number.isNaN(from.getTime()) || from.getUTCFullYear() < 0 ? null : from.toISOString()
  }
  if (!instantPattern.test(text)) return null
  // A date alone is midnight in UTC for Date, but here for people.
  const epochMs = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'))
  return Number.isNaN(epochMs) ? null : new Date(epochMs).toISOString()
}

/** For commander: text that `expiryOf` understands. */
export function expiryText(text: string): string {
  if (expiryOf(text, 0) !== null) return text
  throw new InvalidArgumentError('A time (365d, 12h, 90m) or a date (2027-11-22, 2027-11-22T10:00:00Z) is needed.')
}

/**
 * `365d` is that long after `now`; a date is read as by `instantOf`.
 * @returns ISO 8601 in UTC, null for anything else
 */
export function expiryOf(text: string, now: number): string | null {
  if (!durationPattern.test(text)) return instantOf(text, now)
  const durationMs: number | undefined = ms(text as StringValue) // as in `instantOf`
  const at = new Date(now + (durationMs ?? Number.NaN))
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9_999 ? null : at.toISOString()
}

/** The members that were given: what the gateway gets must not hold `undefined`. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> } // the same members, less the undefined ones
}
