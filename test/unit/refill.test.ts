// When an answer's limits have room for one more request, and what a gateway makes of that while everything cools.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstEstimate, laterEstimate, nextEstimate } from '../../src/domain/estimate.ts'
import { roomAt } from '../../src/domain/refill.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const waitOf = (headers: Readonly<Record<string, string>>): number | null => {
  const at = roomAt((name) => headers[name], now)
  return at === null ? null : at - now
}
const openai = (kind: string, limit: number, remaining: number, reset: string) => ({
  [`x-ratelimit-limit-${kind}`]: String(limit),
  [`x-ratelimit-remaining-${kind}`]: String(remaining),
  [`x-ratelimit-reset-${kind}`]: reset,
})

describe('room for one more request', () => {
  test.each([
    ['a third of the way when three fill it', openai('requests', 3, 0, '60s'), 20_000],
    ['sooner when a part of one is there, which the reset tells', openai('requests', 4, 0, '52.5s'), 7_500],
    ['of a limit by the day as well', openai('requests', 14_400, 0, '23h59m57s'), 3_000],
    ['at once when there is one', openai('requests', 3, 1, '40s'), 0],
    ['of tokens when a sixth of them is there', openai('tokens', 6_000, 500, '55s'), 5_000],
    ['of very many tokens much sooner', openai('tokens', 4_000_000, 0, '60s'), 750],
    [
      'when the last of the limits has it',
      { ...openai('requests', 3, 0, '60s'), ...openai('tokens', 6_000, 500, '55s') },
      20_000,
    ],
    [
      'by the clock of the provider',
      {
        date: 'Thu, 01 Jan 2026 00:00:10 GMT',
        'anthropic-ratelimit-requests-limit': '4',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:01:10Z',
      },
      15_000,
    ],
  ])('%s', (_name, headers, expected) => {
    expect(waitOf(headers)).toBe(expected)
  })

  test.each([
    ['an answer without limits', {}],
    ['a limit without its whole', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '60s' }],
    ['a limit without its reset', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-limit-requests': '3' }],
    ['retry-after, which is about the next request', { ...openai('requests', 3, 0, '60s'), 'retry-after': '50' }],
    ['the same in milliseconds', { ...openai('requests', 3, 0, '60s'), 'retry-after-ms': '50000' }],
    ['the window of a subscription', { ...openai('requests', 3, 0, '60s'), 'anthropic-ratelimit-unified-reset': '9' }],
  ])('is not known of %s', (_name, headers) => {
    expect(waitOf(headers)).toBeNull()
  })

  test('is never later than the whole refill', () => {
    const some = fc.record({ limit: fc.integer({ min: 1, max: 1e7 }), left: fc.nat(1e7), reset: fc.nat(100_000) })
    fc.assert(
      fc.property(some, fc.constantFrom('requests', 'tokens'), ({ limit, left, reset }, kind) => {
        const wait = waitOf(openai(kind, limit, Math.min(left, limit), `${reset}s`)) ?? 0
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(reset * 1_000)
      }),
    )
  })
})

describe('the estimate of a cooldown', () => {
  const running = { model: 'm', since: now, until: now + 60_000, refusals: 1 }
  test('is when there is room', () => {
    expect(firstEstimate(running, now + 20_000, now)).toMatchObject({ at: now + 20_000, until: running.until })
  })

  test('is a second ahead at least, and at most the end of the cooldown', () => {
    expect(firstEstimate(running, now, now)?.at).toBe(now + 1_000)
    expect(firstEstimate(running, now + 90_000, now)?.at).toBe(running.until)
  })

  test('is none where the answer does not tell', () => {
    expect(firstEstimate(running, null, now)).toBeNull()
  })

  test('is twice as far ahead after each trial that was refused', () => {
    const first = firstEstimate(running, now + 5_000, now)!
    const second = laterEstimate(first, now + 5_000, now + 5_000)
    expect(second.at).toBe(now + 15_000)
    expect(laterEstimate(second, null, second.at).at).toBe(now + 35_000)
    expect(laterEstimate(second, now + 55_000, second.at).at).toBe(now + 55_000)
  })

  test('is the next room after a trial that was served', () => {
    expect(nextEstimate(running, now + 40_000, now + 22_000)).toMatchObject({ at: now + 40_000, stepMs: 18_000 })
  })

  test('refused trials of one cooldown are few, however long it lasts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1_000, max: 31 * 86_400_000 }),
        (room, length) => {
          const until = now + length
          let estimate = firstEstimate({ ...running, until }, now + room, now)!
          let trials = 0
          for (; estimate.at < until; trials++) estimate = laterEstimate(estimate, null, estimate.at)
          expect(trials).toBeLessThanOrEqual(Math.log2(length / 1_000) + 1)
        },
      ),
    )
  })
})
