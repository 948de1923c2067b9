// What can happen to a credential besides a rate limit.
import { expect, test } from 'vitest'
import type { CredentialCommand } from '../../src/domain/command.ts'
import { credentialsMax } from '../../src/domain/credential.ts'
import { decide } from '../../src/domain/decide.ts'
import { isTrialDue } from '../../src/domain/disable.ts'
import type { DisabledReason } from '../../src/domain/events.ts'
import { parseProfileId } from '../../src/domain/ids.ts'
import type { State } from '../../src/domain/state.ts'
import {
  add,
  added,
  dayMs,
  given,
  gpt,
  iso,
  minuteMs,
  noon,
  print1,
  print2,
  stateAfter,
  type Fact,
  work,
} from '../support/story.ts'

function disable(reason: DisabledReason, startedAt = noon, retryAt: number | null = null): CredentialCommand {
  return { type: 'DisableCredential', profileId: work, reason, retryAt, startedAt }
}

function disabled(reason: DisabledReason, retryAt?: number): Fact {
  return {
    type: 'CredentialDisabled',
    data: { profileId: work, reason, ...(retryAt === undefined ? {} : { retryAt: iso(retryAt) }) },
  }
}

const notFound = 'credential "anthropic:work" not found'

test('a new credential is added', () => {
  const { type: _type, expiresAt: _expiresAt, agent: _agent, ...data } = add()
  given().when(add()).thenHappens({ type: 'CredentialAdded', data })
})

test('a credential with an expiry date is added with it', () => {
  const { type: _type, agent: _agent, ...data } = add()
  given()
    .when(add({ expiresAt: noon + 0.5 }))
    .thenHappens({ type: 'CredentialAdded', data: { ...data, expiresAt: iso(noon) } })
})

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1])(
  '%s is no expiry date',
  (expiresAt) => {
    given().when(add({ expiresAt })).thenRefused('usage', `${expiresAt} is no expiry date`)
  },
)

test('the first and the last moment of the calendar are expiry dates', () => {
  for (const expiresAt of [0, Date.UTC(9999, 11, 31, 23, 59, 59, 999)]) {
    expect(decide(stateAfter(), add({ expiresAt }), noon)).toMatchObject([{ data: { expiresAt: iso(expiresAt) } }])
  }
})

test('an id of one provider cannot be added for another', () => {
  given()
    .when(add({ profileId: gpt }))
    .thenRefused('usage', 'credential "openai:default" is for openai, not anthropic')
})

test('the same value again is nothing new, whichever layer of the environment it was found in', () => {
  given(added()).when(add()).thenNothing()
  given(added(work, { source: { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } }))
    .when(add({ source: { kind: 'process-env', name: 'ANTHROPIC_API_KEY' } }))
    .thenNothing()
})

test('the same value behind another reference is another credential', () => {
  const reference = { kind: 'reference', name: 'env:ONE' } as const
  const moved = { kind: 'reference', name: 'file:/run/one' } as const
  given(added(work, { source: reference }))
    .when(add({ source: reference }))
    .thenNothing()
  const { type: _type, expiresAt: _expiresAt, agent: _agent, ...data } = add({ source: moved })
  given(added(work, { source: reference }))
    .when(add({ source: moved }))
    .thenHappens(
      { type: 'CredentialRemoved', data: { profileId: work, reason: 'replaced' } },
      { type: 'CredentialAdded', data },
    )
})

test('another value is a rotation', () => {
  given(added())
    .when(add({ fingerprint: print2, expiresAt: noon }))
    .thenHappens({
      type: 'CredentialRotated',
      data: { profileId: work, from: print1, to: print2, expiresAt: iso(noon) },
    })
})

test('a variable that moved to another layer with another value is rotated', () => {
  given(added(work, { source: { kind: 'process-env', name: 'ANTHROPIC_API_KEY' } }))
    .when(add({ fingerprint: print2, source: { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } }))
    .thenHappens({ type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } })
})

test.each<Partial<ReturnType<typeof add>>>([
  { kind: 'token' },
  { source: { kind: 'reference', name: 'exec:pass' } },
  { source: { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } },
])('a value of another nature (%o) replaces the credential', (more) => {
  const { type: _type, expiresAt: _expiresAt, agent: _agent, ...data } = add({ fingerprint: print2, ...more })
  given(added())
    .when(add({ fingerprint: print2, ...more }))
    .thenHappens(
      { type: 'CredentialRemoved', data: { profileId: work, reason: 'replaced' } },
      { type: 'CredentialAdded', data },
    )
})

test('there is a limit to how many credentials are known, and none to rotating them', () => {
  const one = stateAfter(added()).credentials['anthropic:work']
  if (!one) throw new Error('the credential was not added')
  const many = Object.fromEntries(
    Array.from({ length: credentialsMax - 1 }, (_, index) => [`anthropic:k${index}`, one]),
  )
  const another = add({ profileId: parseProfileId('anthropic:one-more'), fingerprint: print2 })
  const almostFull: State = { ...stateAfter(), credentials: many }
  expect(decide(almostFull, another, noon)).toHaveLength(1)
  const full: State = { ...almostFull, credentials: { ...many, 'anthropic:work': one } }
  expect(() => decide(full, another, noon)).toThrow('2000 credentials are known, and no more can be')
  expect(decide(full, add({ fingerprint: print2 }), noon)).toMatchObject([{ type: 'CredentialRotated' }])
})

test('a credential is removed with the reason', () => {
  const command = { type: 'RemoveCredential', profileId: work, reason: 'by hand' } as const
  given(added())
    .when(command)
    .thenHappens({ type: 'CredentialRemoved', data: { profileId: work, reason: 'by hand' } })
})

test('handing out a secret is recorded', () => {
  given(added())
    .when({ type: 'RecordReveal', profileId: work })
    .thenHappens({ type: 'CredentialRevealed', data: { profileId: work } })
})

test.each<CredentialCommand>([
  { type: 'RemoveCredential', profileId: work, reason: 'by hand' },
  { type: 'RecordReveal', profileId: work },
  { type: 'ClearCooldowns', profileId: work, reason: 'user' },
  { type: 'EnableCredential', profileId: work, reason: 'user' },
])('an unknown id is refused with the nearest known one: $type', (command) => {
  given(added(parseProfileId('anthropic:wrk')))
    .when(command)
    .thenRefused('not_found', notFound, 'did you mean anthropic:wrk?')
  given().when(command).thenRefused('not_found', notFound, 'see which there are: traseai models auth list')
})

test.each<CredentialCommand>([
  {
    type: 'RecordRateLimit',
    profileId: work,
    model: null,
    status: 429,
    retryAfterMs: null,
    startedAt: noon,
    ladderMs: [1_000],
    succeededSince: false,
  },
  disable('unauthorized'),
  disable('user'),
  { type: 'EnableCredential', profileId: work, reason: 'billing' },
])('what a provider answers about a credential that is gone means nothing: $type', (command) => {
  given().when(command).thenNothing()
})

test('a refused key is disabled', () => {
  given(added())
    .when(disable('unauthorized'))
    .thenHappens({ type: 'CredentialDisabled', data: { profileId: work, reason: 'unauthorized' } })
})

test('an unpaid key is disabled until a trial', () => {
  given(added())
    .when(disable('billing', noon, noon + 10 * minuteMs - 0.5))
    .thenHappens({
      type: 'CredentialDisabled',
      data: { profileId: work, reason: 'billing', retryAt: iso(noon + 10 * minuteMs) },
    })
})

test('only a billing block ends by itself', () => {
  given(added())
    .when(disable('unauthorized', noon, noon + minuteMs))
    .thenHappens({ type: 'CredentialDisabled', data: { profileId: work, reason: 'unauthorized' } })
})

test('a block has a longest time', () => {
  given(added())
    .when(disable('billing', noon, Number.MAX_SAFE_INTEGER))
    .thenHappens({
      type: 'CredentialDisabled',
      data: { profileId: work, reason: 'billing', retryAt: iso(noon + 365 * dayMs) },
    })
})

test.each<[DisabledReason, DisabledReason, boolean]>([
  ['billing', 'billing', false],
  ['billing', 'unauthorized', true],
  ['billing', 'user', true],
  ['unauthorized', 'billing', false],
  ['unauthorized', 'unauthorized', false],
  ['unauthorized', 'user', true],
  ['user', 'billing', false],
  ['user', 'unauthorized', false],
  ['user', 'user', false],
])('disabled for %s, then %s: news is %s', (first, second, isNews) => {
  expect(decide(stateAfter(added(), disabled(first)), disable(second), noon)).toHaveLength(isNews ? 1 : 0)
})

test('a refused trial blocks an unpaid key for another while; older answers do not', () => {
  const blocked = given(added(), disabled('billing', noon + 10 * minuteMs))
  const later = noon + 11 * minuteMs
  blocked.when(disable('billing', noon + 10 * minuteMs - 1, later), later).thenNothing()
  blocked
    .when(disable('billing', noon + 10 * minuteMs, later), later)
    .thenHappens({ type: 'CredentialDisabled', data: { profileId: work, reason: 'billing', retryAt: iso(later) } })
})

test('a billing block from before the clock was set back lets its trial go at once, and is short again after it', () => {
  const earlier = noon - 6 * 60 * minuteMs
  const blocked = given(added(), disabled('billing', noon + 10 * minuteMs))
  const state = stateAfter(added(), disabled('billing', noon + 10 * minuteMs))
  expect(isTrialDue(state.credentials[work]!.disabled!, earlier)).toBe(true)
  blocked.when(disable('billing', earlier, earlier + 10 * minuteMs), earlier).thenHappens({
    type: 'CredentialDisabled',
    data: { profileId: work, reason: 'billing', retryAt: iso(earlier + 10 * minuteMs) },
  })
  const again = stateAfter(added(), disabled('billing', noon), {
    ...disabled('billing', earlier + 10 * minuteMs),
    at: earlier,
  })
  expect(isTrialDue(again.credentials[work]!.disabled!, earlier + minuteMs)).toBe(false)
})

test('an answer to the value before this one does not disable it, but a person may', () => {
  const later = noon + minuteMs
  for (const now of [noon, later]) {
    given(added())
      .when(disable('unauthorized', noon - 1), now)
      .thenNothing()
  }
  expect(decide(stateAfter(added()), disable('unauthorized', noon), later)).toHaveLength(1)
  expect(decide(stateAfter(added()), disable('user', noon - 1), later)).toHaveLength(1)
})

test('after the clock was set back a refused key is disabled all the same', () => {
  expect(decide(stateAfter(added()), disable('unauthorized', noon - dayMs), noon - dayMs)).toHaveLength(1)
})

test.each<[DisabledReason, DisabledReason, boolean]>([
  ['billing', 'user', true],
  ['billing', 'billing', true],
  ['billing', 'unauthorized', false],
  ['unauthorized', 'user', true],
  ['unauthorized', 'billing', false],
  ['user', 'user', true],
  ['user', 'billing', false],
])('disabled for %s, enabled because of %s: %s', (why, reason, isLifted) => {
  const outcome = given(added(), disabled(why)).when({ type: 'EnableCredential', profileId: work, reason })
  if (isLifted) outcome.thenHappens({ type: 'CredentialEnabled', data: { profileId: work, reason } })
  else outcome.thenNothing()
})

test('enabling what is not disabled is nothing', () => {
  given(added()).when({ type: 'EnableCredential', profileId: work, reason: 'user' }).thenNothing()
})
