// Words people type and read: times, durations, instants, settings.
import * as fc from 'fast-check'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { autostartOf } from '../../src/cli/autostart-setting.ts'
import { given, instantOf } from '../../src/cli/option-values.ts'
import { duration } from '../../src/domain/duration.ts'
import { localTime, relativeTime, withRelativeTimes } from '../../src/cli/render/time.ts'

const now = Date.parse('2026-11-22T10:00:00Z')
const at = (ms: number): string => new Date(now + ms).toISOString()

describe('a time for people', () => {
  it.each([
    [28_400, 'in 28s'],
    [-180_000, '3m ago'],
    [90_000, 'in 1m 30s'],
    [6 * 86_400_000, 'in 6d'],
    [36 * 3_600_000, 'in 1d 12h'],
    [-400, 'now'],
    [365 * 86_400_000, 'on 2027-11-22'],
    [-365 * 86_400_000, '2025-11-22'],
  ])('%d ms away reads %s', (ms, text) => {
    expect(relativeTime(at(ms), now)).toBe(text)
  })

  it('never says more than the time that is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (seconds) => {
        const units: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 }
        const said = duration(seconds * 1_000)
          .split(' ')
          .map((part) => Number(part.slice(0, -1)) * (units[part.slice(-1)] ?? Number.NaN))
          .reduce((a, b) => a + b, 0)
        expect(said).toBeLessThanOrEqual(seconds)
        expect(said).toBeGreaterThan(seconds * 0.85 - 1)
      }),
    )
  })

  it('takes the place of an exact one in what the gateway says', () => {
    const said = `rate limited for demo until ${at(44_000)}`
    expect(withRelativeTimes(said, now)).toBe('rate limited for demo for 44s')
    expect(withRelativeTimes(`expired at ${at(-180_000)}`, now)).toBe('expired 3m ago')
    expect(withRelativeTimes('at noon, until dawn', now)).toBe('at noon, until dawn')
  })

  it('is on the local clock where the exact moment matters', () => {
    expect(localTime('2026-11-22T10:51:43.120Z')).toMatch(/^2026-11-2[123] \d\d:\d1:43$/)
  })
})

describe('--since', () => {
  it('takes a time ago', () => {
    expect(instantOf('2h', now)).toBe('2026-11-22T08:00:00.000Z')
    expect(instantOf('7d', now)).toBe('2026-11-15T10:00:00.000Z')
  })

  it('takes an exact instant', () => {
    expect(instantOf('2026-11-22T10:00:00+01:00', now)).toBe('2026-11-22T09:00:00.000Z')
  })

  it('takes a date as midnight where the caller is', () => {
    expect(instantOf('2026-11-22', now)).toBe(new Date(2026, 10, 22).toISOString())
  })

  it.each(['5', 'yesterday', '2026-13-40', '2 hours from now', '', '9000y', '99999999999999d'])(
    'refuses %j',
    (text) => {
      expect(instantOf(text, now)).toBeNull()
    },
  )
})

describe('gateway.autostart', () => {
  it('is on unless the file says false', () => {
    expect(autostartOf('{}')).toBe(true)
    expect(autostartOf('{ "gateway": { "autostart": true } }')).toBe(true)
    expect(autostartOf('{ "gateway": { "autostart": false } }')).toBe(false)
  })

  it('is read between comments and trailing commas', () => {
    const text = '\uFEFF// mine\n{ "gateway": { /* no */ "autostart": false, }, "x": "http://a, }", }'
    expect(autostartOf(text)).toBe(false)
  })

  it('is not read out of a comment or a string', () => {
    expect(autostartOf('{ "gateway": { // "autostart": false\n } }')).toBe(true)
    expect(autostartOf('{ "gateway": { "host": "\\"autostart\\": false // " } }')).toBe(true)
  })

  it('leaves a broken file to the gateway', () => {
    expect(autostartOf('{ "gateway": {')).toBe(true)
  })

  it('reads every file as a JSONC parser does', () => {
    const comment = fc.constantFrom('', ' // "autostart": true, {\n', '/* } */', '\n\t')
    const text = fc.string().map((value) => JSON.stringify(value))
    const members = fc.record({
      first: text,
      setting: fc.boolean(),
      c: fc.array(comment, { minLength: 5, maxLength: 5 }),
      comma: fc.boolean(),
    })
    fc.assert(
      fc.property(members, ({ first, setting, c, comma }) => {
        const source = `${c[0]}{${c[1]}"a":${first},"gateway":{${c[2]}"b":${first},${c[3]}"autostart":${setting}${comma ? ',' : ''}}${c[4]}}`
        const expected = (parse(source, [], { allowTrailingComma: true }) as { gateway: { autostart: boolean } })
          .gateway.autostart
        expect(autostartOf(source)).toBe(expected)
      }),
    )
  })
})

describe('options that were not given', () => {
  it('are not sent', () => {
    expect(Object.keys(given({ provider: undefined, agent: 'main' }))).toEqual(['agent'])
  })
})
