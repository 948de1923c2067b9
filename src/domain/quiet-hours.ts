// The hours in which a channel keeps silent, by the clock on the wall.

/** Hours and minutes, over midnight if the end is before the beginning; the end itself is no longer quiet. */
export const quietHoursPattern = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

/** Minutes after midnight, local time. */
export interface QuietHours {
  readonly from: number
  readonly to: number
}

const minuteMs = 60_000
/** A day has up to 25 hours, when the clock is set back. */
const minutesAheadMax = 25 * 60 + 1

/** Null for what is none, and for an empty span. */
export function parseQuietHours(text: string): QuietHours | null {
  const match = quietHoursPattern.exec(text)
  if (!match) return null
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number)
  const hours = { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute }
  return hours.from === hours.to ? null : hours
}

/**
 * What the wall says decides, so that a change to or from daylight saving time moves nothing: an hour that comes twice is
 * quiet twice, and one that is left out is not there. Without hours it never is.
 */
export function isQuiet(hours: QuietHours | null, minuteOfDay: number): boolean {
  if (hours === null) return false
  const { from, to } = hours
  return from < to ? from <= minuteOfDay && minuteOfDay < to : from <= minuteOfDay || minuteOfDay < to
}

/**
 * When the quiet that is now ends; null when it is not quiet. Times are epoch milliseconds.
 * @param minuteOfDay local minutes after midnight of a moment
 */
export function quietUntil(
  hours: QuietHours | null,
  now: number,
  minuteOfDay: (epochMs: number) => number,
): number | null {
  if (!isQuiet(hours, minuteOfDay(now))) return null
  const nextMinute = Math.floor(now / minuteMs) * minuteMs + minuteMs
  for (let ahead = 0; ahead < minutesAheadMax; ahead += 1) {
    const moment = nextMinute + ahead * minuteMs
    if (!isQuiet(hours, minuteOfDay(moment))) return moment
  }
  return nextMinute + minutesAheadMax * minuteMs
}
