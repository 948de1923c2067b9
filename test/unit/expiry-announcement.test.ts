// When a credential's end is told: once that it is near and once that it has come, for each expiry date.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import type { Credential } from '../../src/domain/entities.ts'
import { decideAnnouncement, nextAnnouncementAt } from '../../src/domain/expiry-announcement.ts'
import { add, added, dayMs, type Fact, given, iso, noon, print1, print2, stateAfter, work } from '../support/story.ts'

const hourMs = dayMs / 24
const end = noon + 10 * dayMs
const tellAt: Command = { type: 'AnnounceExpiry', profileId: work, warningMs: dayMs }
const data = { profileId: work, expiresAt: iso(end) }
const expiring: Fact = { type: 'CredentialExpiring', data }
const expired: Fact = { type: 'CredentialExpired', data }
const dated = added(work, { kind: 'token', expiresAt: iso(end) })

test('nothing is told of a credential that does not end, or not soon', () => {
  given(added()).when(tellAt, end).thenNothing()
  given(dated)
    .when(tellAt, end - dayMs - 1)
    .thenNothing()
  given().when(tellAt, end).thenNothing()
})

test('a day before its end a credential is told to be expiring, and at its end to be expired', () => {
  given(dated)
    .when(tellAt, end - dayMs)
    .thenHappens({ type: 'CredentialExpiring', data })
  given(dated, expiring).when(tellAt, end).thenHappens({ type: 'CredentialExpired', data })
})

test('nothing is told twice', () => {
  given(dated, expiring)
    .when(tellAt, end - hourMs)
    .thenNothing()
  given(dated, expiring, expired)
    .when(tellAt, end + dayMs)
    .thenNothing()
})

test('who slept through the warning hears of the end alone, also when the clock is set back afterwards', () => {
  given(dated).when(tellAt, end).thenHappens({ type: 'CredentialExpired', data })
  given(dated, expired)
    .when(tellAt, end - hourMs)
    .thenNothing()
})

test('a new expiry date is told anew', () => {
  const rotated: Fact = {
    type: 'CredentialRotated',
    at: end,
    data: { profileId: work, from: print1, to: print2, expiresAt: iso(end + dayMs) },
  }
  given(dated, expiring, expired, rotated)
    .when(tellAt, end)
    .thenHappens({ type: 'CredentialExpiring', data: { profileId: work, expiresAt: iso(end + dayMs) } })
})

test('an OAuth credential, which is renewed in time, is told of at its end only', () => {
  const oauth = added(work, { kind: 'oauth', expiresAt: iso(end) })
  given(oauth)
    .when(tellAt, end - 1)
    .thenNothing()
  given(oauth).when(tellAt, end).thenHappens({ type: 'CredentialExpired', data })
})

test('the same value with another date is told to end at that one', () => {
  given(dated, expiring)
    .when(add({ kind: 'token', expiresAt: end + dayMs }))
    .thenHappens({
      type: 'CredentialRotated',
      data: { profileId: work, from: print1, to: print1, expiresAt: iso(end + dayMs) },
    })
})

const base = stateAfter(added()).credentials[work]
if (!base) throw new Error('the credential was not added')
const dates = fc.integer({ min: noon - 10 * dayMs, max: noon + 60 * dayMs })
const credential: fc.Arbitrary<Credential> = fc
  .record({
    kind: fc.constantFrom('api_key', 'token', 'oauth'),
    expiresAt: fc.option(dates),
    issuedAt: dates,
    toldExpiring: fc.constantFrom('this', 'another', null),
    toldExpired: fc.constantFrom('this', 'another', null),
  })
  .map(({ kind, expiresAt, issuedAt, toldExpiring, toldExpired }) => {
    const dateOf = (told: 'this' | 'another' | null): number | null => (told === 'this' ? expiresAt : told && noon)
    return {
      ...base,
      kind,
      expiresAt,
      issuedAt,
      announced: { expiring: dateOf(toldExpiring), expired: dateOf(toldExpired) },
    }
  })
const warningMs = fc.nat(30 * dayMs)

test('before the next moment there is nothing to tell, and at that moment there is', () => {
  fc.assert(
    fc.property(credential, warningMs, fc.nat(90 * dayMs), (each, notice, earlierMs) => {
      const next = nextAnnouncementAt(each, notice)
      if (next === null) {
        expect(decideAnnouncement(each, notice, noon + earlierMs)).toEqual([])
        return
      }
      expect(decideAnnouncement(each, notice, next - 1 - earlierMs)).toEqual([])
      expect(decideAnnouncement(each, notice, next)).toHaveLength(1)
      expect(decideAnnouncement(each, notice, next + earlierMs)).toHaveLength(1)
    }),
  )
})

function told(each: Credential, notice: number, at: number): Credential {
  const [event] = decideAnnouncement(each, notice, at)
  const kind = event?.type === 'CredentialExpired' ? 'expired' : 'expiring'
  return { ...each, announced: { ...each.announced, [kind]: each.expiresAt } }
}

test('what was told moves the next moment on, until there is none', () => {
  fc.assert(
    fc.property(credential, warningMs, (each, notice) => {
      const first = nextAnnouncementAt(each, notice)
      if (first === null) return
      const once = told(each, notice, first)
      const second = nextAnnouncementAt(once, notice)
      if (second === null) return
      expect(second).toBeGreaterThan(first)
      expect(nextAnnouncementAt(told(once, notice, second), notice)).toBeNull()
    }),
  )
})
