// What a provider says is left, and what that makes of a credential.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cooldownMsMax } from '../../src/domain/cooldown.ts'
import { drainedUntil, drainedWords, type Quota, shareLeft, shareWords } from '../../src/domain/quota.ts'
import { isNearEnd, statedQuota } from '../../src/domain/quota-headers.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const requests = (left: number, more: object = {}) => ({
  of: 'requests',
  left,
  whole: 100,
  resetAt: now + 60_000,
  ...more,
})
const quotaOf = (limits: Quota['limits'], startedSince = 0): Quota => ({ limits, startedSince })

describe('what is left', () => {
  test('nothing known is all of it', () => {
    expect(shareLeft(null, now)).toBe(1)
    expect(shareLeft(quotaOf([]), now)).toBe(1)
    expect(shareWords(null, now)).toBeNull()
  })

  test('the tightest limit counts, less what was started since', () => {
    const quota = quotaOf([requests(50), { ...requests(30), of: 'tokens' }], 10)
    expect(shareLeft(quota, now)).toBeCloseTo(0.2)
    expect(shareWords(quota, now)).toBe('20 % of its tokens left')
  })

  test('after its reset a limit is whole again, whatever was started', () => {
    expect(shareLeft(quotaOf([requests(0)], 1_000), now + 60_000)).toBe(1)
  })

  test('nothing is drained until the last reset of those that are', () => {
    const quota = quotaOf([requests(0), { ...requests(0, { resetAt: now + 90_000 }), of: 'tokens' }, requests(5)])
    expect(drainedUntil(quota, now)).toBe(now + 90_000)
    expect(drainedWords(quota, now)).toBe('nothing left of its tokens until 2026-01-01T00:01:30.000Z')
    expect(drainedUntil(quota, now + 90_000)).toBeNull()
  })

  test('requests that were started since are taken off, tokens are not guessed', () => {
    expect(drainedUntil(quotaOf([requests(3)], 3), now)).toBe(now + 60_000)
    expect(drainedUntil(quotaOf([requests(3)], 2), now)).toBeNull()
    expect(drainedUntil(quotaOf([{ ...requests(3), of: 'tokens' }], 9), now)).toBeNull()
  })

  test('a share is never outside 0 and 1', () => {
    const limit = fc.record({
      of: fc.constantFrom('requests', 'tokens'),
      left: fc.nat(1e9),
      whole: fc.option(fc.nat(1e9)),
      resetAt: fc.integer({ min: now - 1e6, max: now + 1e6 }),
    })
    fc.assert(
      fc.property(fc.array(limit), fc.nat(1e6), (limits, started) => {
        const share = shareLeft(quotaOf(limits, started), now)
        expect(share >= 0 && share <= 1).toBe(true)
      }),
    )
  })
})

describe('headers', () => {
  test.each([
    [
      'of OpenAI',
      [
        'X-RateLimit-Limit-Requests',
        '100',
        'X-RateLimit-Remaining-Requests',
        '7',
        'X-RateLimit-Reset-Requests',
        '1m30s',
      ],
      [{ of: 'requests', left: 7, whole: 100, resetAt: now + 90_000 }],
    ],
    [
      'of Anthropic, measured against its own clock',
      [
        'date',
        'Thu, 01 Jan 2026 00:00:10 GMT',
        'anthropic-ratelimit-input-tokens-limit',
        '4000',
        'anthropic-ratelimit-input-tokens-remaining',
        '1000',
        'anthropic-ratelimit-input-tokens-reset',
        '2026-01-01T00:00:40Z',
      ],
      [{ of: 'input tokens', left: 1_000, whole: 4_000, resetAt: now + 30_000 }],
    ],
    [
      'without a reset count for a minute',
      ['x-ratelimit-remaining-tokens', '5'],
      [{ of: 'tokens', left: 5, whole: null, resetAt: now + 60_000 }],
    ],
    [
      'that are further away than any reset are not waited for',
      ['x-ratelimit-remaining-tokens', '0', 'x-ratelimit-reset-tokens', `${'9'.repeat(40)}h`],
      [{ of: 'tokens', left: 0, whole: null, resetAt: now + cooldownMsMax }],
    ],
    ['that make no sense say nothing', ['x-ratelimit-remaining-tokens', 'plenty'], []],
    ['of other kinds say nothing', ['content-type', 'text/plain', 'x-request-id-remaining', '0'], []],
  ] as const)('%s', (_name, raw, expected) => {
    expect(statedQuota(raw, now)).toEqual(expected)
  })

  test('whatever an answer states, it can be told', () => {
    const header = fc.tuple(
      fc.constantFrom('date', ...['remaining', 'limit', 'reset'].map((part) => `x-ratelimit-${part}-requests`)),
      fc.oneof(fc.stringMatching(/^[\d.-]{0,60}[hms]?$/), fc.constantFrom('NaN', '1e309', '9999-12-31T23:59:59Z')),
    )
    fc.assert(
      fc.property(fc.array(header, { maxLength: 6 }), (headers) => {
        const quota = quotaOf(statedQuota(headers.flat(), now))
        expect(shareLeft(quota, now)).toBeGreaterThanOrEqual(0)
        expect(shareLeft(quota, now)).toBeLessThanOrEqual(1)
        expect([drainedWords(quota, now), shareWords(quota, now)].join()).not.toMatch(/NaN|Infinity/)
      }),
    )
  })

  test('little is left when fewer than a hundred of something are', () => {
    expect(isNearEnd(['x-ratelimit-remaining-requests', '99'])).toBe(true)
    expect(isNearEnd(['x-ratelimit-remaining-requests', '100', 'x-ratelimit-limit-requests', '9'])).toBe(false)
    expect(isNearEnd(['content-length', '1'])).toBe(false)
  })
})
