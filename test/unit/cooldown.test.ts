// When a credential rests after a refusal, and for how long.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CredentialCommand } from '../../src/domain/command.ts'
import {
  cooldownMsMax,
  cooldownMsMin,
  lastCooldown,
  modelsCoolingMax,
  runningCooldowns,
} from '../../src/domain/cooldown.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Credential } from '../../src/domain/entities.ts'
import {
  add,
  added,
  dayMs,
  given,
  iso,
  minuteMs,
  noon,
  print1,
  print2,
  runningCooldown,
  secondMs,
  stateAfter,
  tell,
  type Fact,
  untold,
  work,
} from '../support/story.ts'

type Limit = Extract<CredentialCommand, { type: 'RecordRateLimit' }>
const ladderMs = [30 * secondMs, minuteMs, 5 * minuteMs]

function refused(more: Partial<Limit> = {}): Limit {
  const stated = { status: 429, retryAfterMs: null, startedAt: noon, ladderMs, succeededSince: false }
  return { type: 'RecordRateLimit', profileId: work, model: 'opus', ...stated, ...more }
}

function limited(sinceMs: number, untilMs: number, model: string | null = 'opus', refusals = 1): Fact {
  const until = iso(noon + untilMs)
  return {
    type: 'CredentialRateLimited',
    at: noon + sinceMs,
    data: { profileId: work, ...(model === null ? {} : { model }), until, status: 429, refusals },
  }
}

function credentialAfter(...facts: readonly Fact[]): Credential {
  const credential = stateAfter(added(), ...facts).credentials[work]
  if (!credential) throw new Error('the credential is gone')
  return credential
}

/** How long the next refusal at `now` cools, in milliseconds; null when it does not. */
function waitAfter(facts: readonly Fact[], command: Limit, now: number): number | null {
  const [event] = decide(stateAfter(added(), ...facts), command, now)
  return event?.type === 'CredentialRateLimited' ? Date.parse(event.data.until) - now : null
}

test('a refusal without a stated reset cools for the first step of the ladder', () => {
  given(added())
    .when(refused())
    .thenHappens({
      type: 'CredentialRateLimited',
      data: { profileId: work, model: 'opus', until: iso(noon + 30_000), status: 429, refusals: 1 },
    })
})

test('a stated reset is kept to, and recorded as stated', () => {
  given(added())
    .when(refused({ retryAfterMs: 7_000.2, status: 529 }))
    .thenHappens({
      type: 'CredentialRateLimited',
      data: { profileId: work, model: 'opus', until: iso(noon + 7_001), retryAfterMs: 7_001, status: 529, refusals: 1 },
    })
})

test.each([
  [0, cooldownMsMin, 0],
  [-5, cooldownMsMin, 0],
  [cooldownMsMin - 1, cooldownMsMin, cooldownMsMin - 1],
  [cooldownMsMin + 1, cooldownMsMin + 1, cooldownMsMin + 1],
  [cooldownMsMax, cooldownMsMax, cooldownMsMax],
  [cooldownMsMax + 1, cooldownMsMax, cooldownMsMax],
  [Number.POSITIVE_INFINITY, cooldownMsMax, cooldownMsMax],
])('a stated reset of %d ms cools for %d ms', (retryAfterMs, waitMs, recordedMs) => {
  const events = decide(stateAfter(added()), refused({ retryAfterMs }), noon)
  expect(events).toMatchObject([{ data: { until: iso(noon + waitMs), retryAfterMs: recordedMs } }])
})

test('the written limits of a cooldown: a quarter of a second, and the longest month', () => {
  expect([cooldownMsMin, cooldownMsMax, modelsCoolingMax]).toEqual([250, 31 * dayMs, 128])
})

test('a reset that is not a number is none', () => {
  const [event] = decide(stateAfter(added()), refused({ retryAfterMs: Number.NaN }), noon)
  expect(event?.data).not.toHaveProperty('retryAfterMs')
  expect(event?.data).toHaveProperty('until', iso(noon + 30_000))
})

test.each([
  [1, 60_000],
  [2, 300_000],
  [3, 300_000],
  [99, 300_000],
])('after %i refusals in a row the next cools for %i ms', (refusals, waitMs) => {
  const now = noon + minuteMs
  expect(waitAfter([limited(0, 30_000, 'opus', refusals)], refused({ startedAt: now }), now)).toBe(waitMs)
})

test('a success after the cooldown begins the ladder anew', () => {
  const now = noon + minuteMs
  expect(waitAfter([limited(0, 30_000, 'opus', 3)], refused({ startedAt: now, succeededSince: true }), now)).toBe(
    30_000,
  )
})

test('the row of refusals is counted for each model, and apart for the whole credential', () => {
  const now = noon + minuteMs
  const past = [limited(0, 30_000, 'opus', 3)]
  expect(waitAfter(past, refused({ model: 'haiku', startedAt: now }), now)).toBe(30_000)
  expect(waitAfter(past, refused({ model: null, startedAt: now }), now)).toBe(30_000)
  expect(waitAfter([limited(0, 30_000, null, 2)], refused({ model: null, startedAt: now }), now)).toBe(300_000)
})

test('an empty ladder still cools', () => {
  expect(waitAfter([], refused({ ladderMs: [] }), noon)).toBe(30_000)
})

test('steps of the ladder keep to the same limits', () => {
  expect(waitAfter([], refused({ ladderMs: [0] }), noon)).toBe(cooldownMsMin)
  expect(waitAfter([], refused({ ladderMs: [cooldownMsMax + 1] }), noon)).toBe(cooldownMsMax)
  expect(waitAfter([], refused({ ladderMs: [1_000.5] }), noon)).toBe(1_001)
})

test('a running cooldown is not extended, whatever is stated', () => {
  const now = noon + secondMs
  given(added(), limited(0, 30_000))
    .when(refused({ startedAt: now, retryAfterMs: dayMs }), now)
    .thenNothing()
  given(added(), limited(0, 30_000, null))
    .when(refused({ startedAt: now }), now)
    .thenNothing()
})

test('the whole credential can be limited while one model cools', () => {
  const now = noon + secondMs
  expect(waitAfter([limited(0, 30_000)], refused({ model: null, startedAt: now }), now)).toBe(30_000)
  expect(waitAfter([limited(0, 30_000)], refused({ model: 'haiku', startedAt: now }), now)).toBe(30_000)
})

test('a late answer to an attempt from before the cooldown ended starts none', () => {
  const late = noon + minuteMs
  for (const model of ['opus', null]) {
    const past = [limited(1_000, 30_000, model)]
    expect(waitAfter(past, refused({ startedAt: noon }), late)).toBeNull()
    expect(waitAfter(past, refused({ startedAt: noon + 29_999 }), late)).toBeNull()
    expect(waitAfter(past, refused({ startedAt: noon + 30_000 }), late)).not.toBeNull()
  }
})

test('an answer to the value before this one starts no cooldown', () => {
  const rotated: Fact = {
    type: 'CredentialRotated',
    at: noon + 5_000,
    data: { profileId: work, from: print1, to: print2 },
  }
  const now = noon + 6_000
  expect(waitAfter([rotated], refused({ startedAt: noon + 4_999 }), noon + 5_000)).toBeNull()
  expect(waitAfter([rotated], refused({ startedAt: noon + 4_999 }), now)).toBeNull()
  expect(waitAfter([rotated], refused({ startedAt: noon + 5_000 }), now)).toBe(30_000)
})

test('after the clock was set back, what lies in the future neither holds nor hides anything', () => {
  const before = noon - dayMs
  expect(waitAfter([limited(0, 30_000)], refused({ startedAt: before }), before)).toBe(60_000)
  expect(runningCooldown(credentialAfter(limited(0, 30_000)), 'opus', before)).toBeNull()
})

test('an attempt that claims to come from the future counts as one of now', () => {
  expect(waitAfter([limited(0, 30_000)], refused({ startedAt: noon + dayMs }), noon + 1_000)).toBeNull()
})

test('a request is held by the cooldown of its model or of the whole credential, whichever ends later', () => {
  const credential = credentialAfter(limited(0, 10_000, 'opus'), limited(0, 20_000, null), limited(0, 30_000, 'haiku'))
  const now = noon + 1_000
  expect(runningCooldown(credential, 'opus', now)?.until).toBe(noon + 20_000)
  expect(runningCooldown(credential, 'haiku', now)?.until).toBe(noon + 30_000)
  expect(runningCooldown(credential, 'sonnet', now)?.model).toBeNull()
  expect(runningCooldown(credential, null, now)?.until).toBe(noon + 20_000)
  expect(runningCooldown(credential, null, noon + 20_000)).toBeNull()
})

test('a cooldown runs from its first millisecond to the one before its end', () => {
  const credential = credentialAfter(limited(5, 10))
  const runs = [4, 5, 9, 10].map((ms) => runningCooldown(credential, 'opus', noon + ms) !== null)
  expect(runs).toEqual([false, true, true, false])
})

test('the running ones are listed, the one that ends first in front', () => {
  const credential = credentialAfter(limited(0, 30_000, 'a'), limited(0, 10_000, null), limited(0, 500, 'b'))
  expect(runningCooldowns(credential, noon + 1_000).map(({ model }) => model)).toEqual([null, 'a'])
})

test('the last cooldown is remembered after its end', () => {
  const credential = credentialAfter(limited(0, 10_000, 'opus', 2))
  expect(lastCooldown([credential], 'opus')).toEqual({ model: 'opus', since: noon, until: noon + 10_000, refusals: 2 })
  expect(lastCooldown([credential], null)).toBeNull()
})

test.each(['__proto__', 'constructor', 'toString', ''])('a model called "%s" cools like any other', (model) => {
  expect(lastCooldown([credentialAfter()], model)).toBeNull()
  const story = tell(tell(untold, add(), noon), refused({ model }), noon)
  const credential = story.state.credentials[work]
  expect(credential && runningCooldown(credential, model, noon)).toMatchObject({ model })
  expect(credential && runningCooldown(credential, 'opus', noon)).toBeNull()
})

test('a model called * means the whole credential', () => {
  const [event] = decide(stateAfter(added()), refused({ model: '*' }), noon)
  expect(event?.data).not.toHaveProperty('model')
})

test('a very long model name counts by its beginning', () => {
  const story = tell(tell(untold, add(), noon), refused({ model: 'x'.repeat(500) }), noon)
  const credential = story.state.credentials[work]
  expect(credential && runningCooldown(credential, 'x'.repeat(400), noon)?.model).toBe('x'.repeat(200))
  expect(tell(story, refused({ model: 'x'.repeat(300) }), noon + 1).events).toEqual(story.events)
})

test('a credential that is refused for very many models at a time is refused as a whole', () => {
  const many = Array.from({ length: modelsCoolingMax }, (_, index) => limited(0, 60_000, `m${index}`))
  const now = noon + 1_000
  const attempt = refused({ model: 'another', startedAt: now })
  expect(decide(stateAfter(added(), ...many.slice(1)), attempt, now)[0]?.data).toHaveProperty('model', 'another')
  expect(decide(stateAfter(added(), ...many), attempt, now)[0]?.data).not.toHaveProperty('model')
  given(added(), ...many)
    .when(refused({ model: 'm5', startedAt: now }), now)
    .thenNothing()
  given(added(), ...many, limited(500, 60_000, null))
    .when(attempt, now)
    .thenNothing()
})

test('of the ended cooldowns 32 are kept, those that ended last', () => {
  const ended = Array.from({ length: 40 }, (_, index) => limited(0, 1_000 + index, `m${index}`))
  const kept = credentialAfter(...ended, limited(1_000, 9_000, 'long'), limited(5_000, 6_000, 'last')).cooldowns
  const models = Array.from({ length: 32 }, (_, index) => `m${index + 8}`)
  expect(Object.keys(kept).sort()).toEqual([...models, 'last', 'long'].sort())
})

test('up to 32 ended ones nothing is forgotten', () => {
  const ended = Array.from({ length: 32 }, (_, index) => limited(0, 1_000 + index, `m${index}`))
  expect(Object.keys(credentialAfter(...ended, limited(5_000, 6_000, 'last')).cooldowns)).toHaveLength(33)
})

test('clearing ends all cooldowns and forgets the ladder', () => {
  const cleared: Fact = { type: 'CredentialCooldownCleared', data: { profileId: work, reason: 'user' } }
  given(added(), limited(0, 30_000))
    .when({ type: 'ClearCooldowns', profileId: work, reason: 'user' })
    .thenHappens({ type: 'CredentialCooldownCleared', data: { profileId: work, reason: 'user' } })
  given(added()).when({ type: 'ClearCooldowns', profileId: work, reason: 'user' }).thenNothing()
  const now = noon + 1_000
  expect(waitAfter([limited(0, 30_000, 'opus', 3), cleared], refused({ startedAt: now }), now)).toBe(30_000)
})

const refusals = fc.array(
  fc.record({
    waitMs: fc.nat(40_000),
    tookMs: fc.nat(90_000),
    model: fc.constantFrom('opus', 'haiku', null),
    retryAfterMs: fc.option(fc.nat(60_000)),
    succeededSince: fc.boolean(),
  }),
  { maxLength: 40 },
)

test('whatever answers come, no cooldown of a model begins while it or the whole credential cools', () => {
  fc.assert(
    fc.property(refusals, (answers) => {
      let story = tell(untold, add(), noon)
      let now = noon
      for (const { waitMs, tookMs, ...answer } of answers) {
        now += waitMs
        story = tell(story, refused({ ...answer, startedAt: now - tookMs }), now)
      }
      const begun = story.events.flatMap((event) => (event.type === 'CredentialRateLimited' ? [event] : []))
      const overlaps = begun.flatMap((later, index) =>
        begun
          .slice(0, index)
          .filter((earlier) => earlier.data.model === later.data.model || earlier.data.model === undefined)
          .filter((earlier) => later.at < Date.parse(earlier.data.until)),
      )
      expect(overlaps).toEqual([])
    }),
  )
})
