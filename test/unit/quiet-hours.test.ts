// The hours in which a channel keeps silent, by the clock on the wall.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isQuiet, parseQuietHours, quietUntil } from '../../src/domain/quiet-hours.ts'

const at = (time: string): number => {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return hour * 60 + minute
}

describe.each([
  ['22:00-07:00', ['22:00', '23:59', '00:00', '06:59'], ['07:00', '12:00', '21:59']],
  ['13:00-14:30', ['13:00', '14:29'], ['12:59', '14:30', '00:00']],
  ['00:00-00:01', ['00:00'], ['00:01', '23:59']],
])('%s', (text, quiet, loud) => {
  const hours = parseQuietHours(text) ?? { from: 0, to: 0 }

  test.each(quiet)('%s is quiet', (time) => expect(isQuiet(hours, at(time))).toBe(true))
  test.each(loud)('%s is not', (time) => expect(isQuiet(hours, at(time))).toBe(false))
})

test.each(['', '22-7', '22:00', '24:00-07:00', '22:60-07:00', '07:00-07:00', ' 22:00-07:00', '7:00-8:00'])(
  '%j says no hours',
  (text) => expect(parseQuietHours(text)).toBeNull(),
)

/** A clock in a place whose clocks are set: `offsetMinutes` of a moment. */
function wallClock(offsetMinutes: (epochMs: number) => number): (epochMs: number) => number {
  return (epochMs) => (((Math.floor(epochMs / 60_000) + offsetMinutes(epochMs)) % 1_440) + 1_440) % 1_440
}

const noon = Date.UTC(2026, 2, 28, 12)
const hourMs = 3_600_000

test('the end of the quiet is the next time the wall says so', () => {
  const utc = wallClock(() => 0)
  const night = parseQuietHours('22:00-07:00') ?? { from: 0, to: 0 }
  expect(quietUntil(night, noon, utc)).toBeNull()
  expect(quietUntil(night, Date.UTC(2026, 2, 28, 22, 0, 1), utc)).toBe(Date.UTC(2026, 2, 29, 7))
})

test('a night in which the clocks are set forwards is an hour shorter, and one in which they are set back an hour longer', () => {
  const night = parseQuietHours('22:00-07:00') ?? { from: 0, to: 0 }
  const change = Date.UTC(2026, 2, 29, 1)
  const spring = wallClock((epochMs) => (epochMs < change ? 60 : 120))
  expect(quietUntil(night, change - 3 * hourMs, spring)).toBe(Date.UTC(2026, 2, 29, 5)) // 07:00 at +2
  const autumn = wallClock((epochMs) => (epochMs < change ? 120 : 60))
  expect(quietUntil(night, change - 3 * hourMs, autumn)).toBe(Date.UTC(2026, 2, 29, 6)) // 07:00 at +1
})

test('it is never quiet at the moment at which the quiet ends, and quiet until then', () => {
  const minutes = fc.nat(1_439)
  const moment = fc.integer({ min: noon, max: noon + 48 * hourMs })
  fc.assert(
    fc.property(minutes, minutes, moment, fc.integer({ min: -840, max: 840 }), (from, to, now, offset) => {
      fc.pre(from !== to)
      const clock = wallClock(() => offset)
      const end = quietUntil({ from, to }, now, clock)
      expect(end === null).toBe(!isQuiet({ from, to }, clock(now)))
      if (end === null) return
      expect(isQuiet({ from, to }, clock(end))).toBe(false)
      expect(isQuiet({ from, to }, clock(end - 1))).toBe(true)
      expect(end).toBeGreaterThan(now)
    }),
  )
})
