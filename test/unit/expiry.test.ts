// When a credential counts as expiring and as expired.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ExpiryStatus, expiryStatus } from '../../src/domain/expiry.ts'
import { dayMs, noon } from '../support/story.ts'

const hourMs = dayMs / 24
const shortLived = { kind: 'token', issuedAt: noon, expiresAt: noon + 10 * dayMs } as const
const longLived = { kind: 'token', issuedAt: noon, expiresAt: noon + 30 * dayMs } as const

test('a credential without an expiry date never expires', () => {
  expect(expiryStatus({ kind: 'api_key', issuedAt: noon, expiresAt: null }, noon + 9_999 * dayMs, dayMs)).toBe('none')
})

test.each<[number, ExpiryStatus]>([
  [dayMs + 1, 'none'],
  [dayMs, 'expiring'],
  [1, 'expiring'],
  [0, 'expired'],
  [-1, 'expired'],
])('with %i ms left of ten days it is %s', (leftMs, expected) => {
  expect(expiryStatus(shortLived, shortLived.expiresAt - leftMs, dayMs)).toBe(expected)
})

test.each<[number, ExpiryStatus]>([
  [7 * dayMs + 1, 'none'],
  [7 * dayMs, 'expiring'],
  [0, 'expired'],
])('with %i ms left of thirty days it is %s', (leftMs, expected) => {
  expect(expiryStatus(longLived, longLived.expiresAt - leftMs, dayMs)).toBe(expected)
})

test('a millisecond less than thirty days is not long', () => {
  const almost = { ...longLived, issuedAt: noon + 1 }
  expect(expiryStatus(almost, longLived.expiresAt - 7 * dayMs, dayMs)).toBe('none')
})

test('auth.expiryWarning sets the notice, and may make it longer than seven days', () => {
  expect(expiryStatus(shortLived, shortLived.expiresAt - 2 * hourMs, hourMs)).toBe('none')
  expect(expiryStatus(longLived, longLived.expiresAt - 14 * dayMs, 14 * dayMs)).toBe('expiring')
  expect(expiryStatus(longLived, longLived.expiresAt - 2 * hourMs, hourMs)).toBe('expiring')
})

test('an OAuth credential is renewed in time, so it is never expiring; without a renewal it expires', () => {
  const oauth = { ...shortLived, kind: 'oauth' } as const
  expect(expiryStatus(oauth, oauth.expiresAt - 1, dayMs)).toBe('none')
  expect(expiryStatus(oauth, oauth.expiresAt, dayMs)).toBe('expired')
})

test('as time passes the status only gets worse', () => {
  const rank = { none: 0, expiring: 1, expired: 2 } as const satisfies Record<ExpiryStatus, number>
  const times = fc.tuple(fc.nat(100 * dayMs), fc.nat(200 * dayMs), fc.nat(200 * dayMs), fc.nat(20 * dayMs))
  fc.assert(
    fc.property(times, ([lifeMs, oneMs, otherMs, warningMs]) => {
      const credential = { kind: 'token', issuedAt: noon, expiresAt: noon + lifeMs } as const
      const earlier = expiryStatus(credential, noon + Math.min(oneMs, otherMs), warningMs)
      const later = expiryStatus(credential, noon + Math.max(oneMs, otherMs), warningMs)
      return rank[earlier] <= rank[later]
    }),
  )
})
