// When a provider says that its limit resets.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cooldownMsMax } from '../../src/domain/cooldown.ts'
import { statedResetMs } from '../../src/domain/reset-time.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const at = (ms: number): string => new Date(now + ms).toISOString()
const httpAt = (ms: number): string => new Date(now + ms).toUTCString()

function resetOf(headers: Readonly<Record<string, string>>, body?: unknown): number | null {
  return statedResetMs((name) => headers[name], body, now)
}

describe('retry-after', () => {
  test.each<[string, number | null]>([
    ['30', 30_000],
    [' 1.5 ', 1_500],
    ['0', 0],
    ['99999999999', cooldownMsMax],
    ['9'.repeat(400), cooldownMsMax],
    ['-5', null],
    ['soon', null],
    ['', null],
    ['1e3', null],
    ['0x10', null],
    [httpAt(90_000), 90_000],
    [httpAt(-90_000), 0],
    ['Sun, 32 Mar 2026 12:00:00 GMT', null],
  ])('%s', (value, expected) => {
    expect(resetOf({ 'retry-after': value })).toBe(expected)
  })

  test.each([
    ['RFC 850', 'Sunday, 01-Mar-26 12:00:20 GMT'],
    ['asctime', 'Sun Mar  1 12:00:20 2026'],
  ])('may be a date as %s writes it', (_name, value) => {
    expect(resetOf({ 'retry-after': value })).toBe(20_000)
  })

  test('a date is measured against the server’s clock, not ours', () => {
    expect(resetOf({ date: httpAt(3_600_000), 'retry-after': httpAt(3_630_000) })).toBe(30_000)
  })

  test('in milliseconds is believed before the one in seconds', () => {
    expect(resetOf({ 'retry-after-ms': '1250', 'retry-after': '2' })).toBe(1_250)
    expect(resetOf({ 'retry-after-ms': 'x', 'retry-after': '2' })).toBe(2_000)
  })
})

describe('Anthropic', () => {
  const limit = (kind: string, remaining: string, reset: string) => ({
    [`anthropic-ratelimit-${kind}-limit`]: '1000',
    [`anthropic-ratelimit-${kind}-remaining`]: remaining,
    [`anthropic-ratelimit-${kind}-reset`]: reset,
  })

  test('the reset of the limit that is exhausted counts', () => {
    expect(resetOf({ ...limit('requests', '900', at(50_000)), ...limit('input-tokens', '0', at(20_000)) })).toBe(20_000)
  })

  test('of two exhausted limits the one that resets last counts', () => {
    expect(resetOf({ ...limit('requests', '0', at(5_000)), ...limit('output-tokens', '0', at(20_000)) })).toBe(20_000)
  })

  test('with none exhausted the one with the least left counts', () => {
    expect(resetOf({ ...limit('requests', '999', at(50_000)), ...limit('tokens', '10', at(20_000)) })).toBe(20_000)
  })

  test('retry-after is believed before it', () => {
    expect(resetOf({ ...limit('tokens', '0', at(20_000)), 'retry-after': '7' })).toBe(7_000)
  })

  test('the window of a subscription is a moment since 1970', () => {
    const seconds = String(now / 1_000 + 3_600)
    expect(resetOf({ 'anthropic-ratelimit-unified-reset': seconds })).toBe(3_600_000)
  })

  test('a reset that is past, or nonsense, tells nothing', () => {
    expect(resetOf(limit('tokens', '0', at(-20_000)))).toBeNull()
    expect(resetOf(limit('tokens', '0', '2026-13-45T99:00:00Z'))).toBeNull()
  })

  test('is measured against the server’s clock', () => {
    expect(resetOf({ ...limit('tokens', '0', at(-580_000)), date: httpAt(-600_000) })).toBe(20_000)
  })
})

describe('OpenAI and its imitators', () => {
  const limit = (kind: string, remaining: string, reset: string) => ({
    [`x-ratelimit-limit${kind}`]: '1000',
    [`x-ratelimit-remaining${kind}`]: remaining,
    [`x-ratelimit-reset${kind}`]: reset,
  })

  test.each<[string, number | null]>([
    ['6m0s', 360_000],
    ['20ms', 20],
    ['1h2m3.5s', 3_723_500],
    ['7.66s', 7_660],
    ['500us', 1],
    ['250µs', 1],
    ['45', 45_000],
    [String((now + 60_000) / 1_000), 60_000],
    [String(now + 60_000), 60_000],
    [at(60_000), 60_000],
    ['6m0', null],
    ['m', null],
    ['-1s', null],
    ['1..2s', null],
    ['9'.repeat(60), cooldownMsMax],
    ['0s', null],
  ])('x-ratelimit-reset-tokens: %s', (value, expected) => {
    expect(resetOf(limit('-tokens', '0', value))).toBe(expected)
  })

  test('the exhausted limit counts, not the one that is still full', () => {
    expect(resetOf({ ...limit('-requests', '0', '1m0s'), ...limit('-tokens', '1000', '12ms') })).toBe(60_000)
    expect(resetOf({ ...limit('-requests', '999', '8h0m0s'), ...limit('-tokens', '3', '20s') })).toBe(20_000)
  })

  test('a bare reset counts, and so do the names of Cerebras', () => {
    expect(resetOf({ 'x-ratelimit-reset': String(now + 5_000) })).toBe(5_000)
    expect(resetOf(limit('-tokens-minute', '0', '30.2'))).toBe(30_200)
  })
})

describe('Google', () => {
  const error = (retryDelay: unknown) => ({
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.Help' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    },
  })

  test.each<[unknown, number | null]>([
    ['34.074824224s', 34_075],
    ['22s', 22_000],
    ['', null],
    [22, null],
  ])('retryDelay %j', (delay, expected) => {
    expect(resetOf({}, error(delay))).toBe(expected)
  })

  test('the error may stand in an array', () => {
    expect(resetOf({}, [error('5s')])).toBe(5_000)
  })
})

test('whatever the headers say, the answer is whole milliseconds within 31 days, or none', () => {
  const names = [
    'date',
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-reset-tokens',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-limit-tokens',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-unified-reset',
  ]
  const value = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.float().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.constantFrom(at(1), httpAt(1), '1h', '0'),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), fc.jsonValue(), (headers, body) => {
      const ms = resetOf(headers, body)
      expect(ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= cooldownMsMax)).toBe(true)
    }),
  )
})
