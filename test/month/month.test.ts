// Half a day of the simulated month; `npm run bench -- month` runs all of it.
import { beforeAll, describe, expect, test } from 'vitest'
import { providerNames } from './organisations.ts'
import type { MonthReport } from './report.ts'
import { simulateMonth } from './simulate.ts'

let month: MonthReport
beforeAll(async () => {
  // Google's quotas of a day are spread: used one after the other, the first is gone when a spike comes.
  month = await simulateMonth({ days: 0.5, seed: 7, strategies: { google: 'round-robin' } })
})

test('no request is refused while a key is ready that has room for it', () => {
  expect(month.overlooked).toEqual([])
})

describe.each(providerNames)('with the keys of %s', (name) => {
  test('98 of 100 requests are served that a router could serve which knows every limit', () => {
    const { requests, served, servable } = month.providers[name]
    expect(requests).toBeGreaterThan(200)
    expect(served / servable).toBeGreaterThanOrEqual(0.98)
  })

  test('fewer than 1 of 100 clients see a limit while a key has room that nobody could be sure of', () => {
    const { requests, refusedWithRoom } = month.providers[name]
    const { blocked: _asAgreed, ...others } = refusedWithRoom
    const all = Object.values(others).reduce((sum, each) => sum + each, 0)
    expect(all).toBeLessThan(requests / 100)
  })

  test('a limit that is reached costs few attempts', () => {
    const { requests, attempts } = month.providers[name]
    expect(attempts / requests).toBeLessThan(1.5)
  })

  test('a client sees no error but limits, and one for each key that is revoked or was not paid for', () => {
    const { requests, served, refused, others } = month.providers[name]
    expect(Object.keys(others).filter((status) => status !== '400' && status !== '401')).toEqual([])
    expect(requests - served - refused).toBeLessThan(requests / 100)
  })
})

test('keys of one organisation rest together: each of its limits is one cooldown', () => {
  const { cooldowns, exhaustions } = month.providers.anthropic
  expect(exhaustions).toBeGreaterThan(0)
  expect(cooldowns / exhaustions).toBeLessThanOrEqual(1.2)
})
