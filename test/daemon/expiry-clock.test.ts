// The moments at which the end of a credential is told, however the clock and the gateway behave.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openExpiryClock } from '../../src/daemon/expiry-clock.ts'
import type { Command } from '../../src/domain/command.ts'
import { decide, streamOf, versionOf } from '../../src/domain/decide.ts'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseFingerprint, parseProfileId, type ProfileId } from '../../src/domain/ids.ts'
import { evolve, initialState, type State } from '../../src/domain/state.ts'
import { realHost } from '../../src/host.ts'
import { add, dayMs, home, noon, print2, secondMs, work } from '../support/story.ts'

const lookEveryMs = 5_000

/** A clock in hand, timers that fire as time passes (not as the clock is set), and a log in memory. */
function openWorld() {
  let wall = noon
  let elapsed = 0
  let timers: { readonly at: number; readonly callback: () => void }[] = []
  let state: State = initialState
  const events: RecordedEvent[] = []
  const warnings: Readonly<Record<string, unknown>>[] = []
  const listeners = new Set<(events: readonly RecordedEvent[]) => void>()
  let clock: { close(): void } | null = null
  const world = { expiryWarningMs: dayMs, isDiskFull: false, longestTimerMs: 0, timersSet: 0 }

  function append(command: Command, actor: RecordedEvent['actor']): readonly RecordedEvent[] {
    const stream = streamOf(command)
    const before = versionOf(state, stream) ?? 0
    const decided = decide(state, command, wall).map((event, index): RecordedEvent => ({
      ...event,
      position: events.length + 1 + index,
      stream,
      version: before + 1 + index,
      at: wall,
      actor,
      cause: null,
    }))
    state = decided.reduce(evolve, state)
    events.push(...decided)
    for (const listener of listeners) listener(decided)
    return decided
  }

  const deps = {
    host: {
      now: () => wall,
      setTimer(delayMs: number, callback: () => void) {
        world.longestTimerMs = Math.max(world.longestTimerMs, delayMs)
        world.timersSet++
        const timer = { at: elapsed + delayMs, callback }
        timers.push(timer)
        return { cancel: () => void (timers = timers.filter((each) => each !== timer)) }
      },
      log: { ...realHost().log, warn: (fields: object, message: string) => void warnings.push({ ...fields, message }) },
    },
    bus: {
      state: () => state,
      async execute(command: Command, actor: RecordedEvent['actor']) {
        if (world.isDiskFull) throw new Error('the disk is full')
        return append(command, actor)
      },
      onAppended(listener: (events: readonly RecordedEvent[]) => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    expiryWarningMs: () => world.expiryWarningMs,
  }

  /** Time passes, and the timers ring on the way. */
  async function pass(ms: number): Promise<void> {
    const end = elapsed + ms
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve)) // what a timer began comes to its end
      const [next] = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (!next) break
      timers = timers.filter((each) => each !== next)
      wall += next.at - elapsed
      elapsed = next.at
      next.callback()
    }
    wall += end - elapsed
    elapsed = end
  }

  return Object.assign(world, {
    events,
    warnings,
    pass,
    start: () => void (clock ??= openExpiryClock(deps)),
    stop() {
      clock?.close()
      clock = null
    },
    /** Sets the clock, or sleeps with the lid closed: no timer rings. */
    setClock: (moment: number) => void (wall = moment),
    now: () => wall,
    store: (expiresAt: number | null, profileId: ProfileId = work, more: Partial<ReturnType<typeof add>> = {}) =>
      append(add({ profileId, kind: 'token', expiresAt, ...more }), { kind: 'cli' }),
    remove: (profileId: ProfileId) => append({ type: 'RemoveCredential', profileId, reason: '' }, { kind: 'cli' }),
    /** What was announced: kind, credential, moment. */
    told: () =>
      events.flatMap(({ type, data, at, actor }) => {
        if (type !== 'CredentialExpiring' && type !== 'CredentialExpired') return []
        expect(actor).toEqual({ kind: 'timer' })
        return [[type, data.profileId, at] as const]
      }),
  })
}

const end = noon + 10 * dayMs

test('a credential is told to be expiring and to be expired at the very moment', async () => {
  const world = openWorld()
  world.store(end)
  world.start()
  await world.pass(11 * dayMs)
  expect(world.told()).toEqual([
    ['CredentialExpiring', work, end - dayMs],
    ['CredentialExpired', work, end],
  ])
  world.stop()
})

test('what is due at the start is told after it, not during it', async () => {
  const world = openWorld()
  world.store(noon - 1)
  world.start()
  expect(world.told()).toEqual([])
  await world.pass(0)
  expect(world.told()).toEqual([['CredentialExpired', work, noon]])
})

test('a credential that comes later is told of at its own moment, though it is earlier than all others', async () => {
  const world = openWorld()
  world.store(end)
  world.start()
  await world.pass(1)
  world.store(world.now() + 5, home)
  await world.pass(5)
  expect(world.told()).toEqual([
    ['CredentialExpiring', home, noon + 1],
    ['CredentialExpired', home, noon + 6],
  ])
})

test('a credential with a new date is told of anew, one that is gone is not', async () => {
  const world = openWorld()
  world.store(noon + secondMs)
  world.store(noon + 2 * secondMs, home)
  world.start()
  await world.pass(secondMs)
  world.store(noon + 3 * secondMs, work, { fingerprint: print2 })
  world.remove(home)
  await world.pass(10 * secondMs)
  expect(world.told()).toEqual([
    ['CredentialExpiring', work, noon],
    ['CredentialExpiring', home, noon],
    ['CredentialExpired', work, noon + secondMs],
    ['CredentialExpiring', work, noon + secondMs],
    ['CredentialExpired', work, noon + 3 * secondMs],
  ])
})

test('after a sleep or a clock set forward, what is due is told at the next look', async () => {
  const world = openWorld()
  world.store(end)
  world.start()
  await world.pass(secondMs)
  world.setClock(end + dayMs)
  await world.pass(lookEveryMs)
  expect(world.told().map(([type]) => type)).toEqual(['CredentialExpired'])
})

test('after the clock was set back nothing is told twice', async () => {
  const world = openWorld()
  world.store(noon + secondMs)
  world.start()
  await world.pass(secondMs)
  world.setClock(noon - dayMs)
  await world.pass(2 * dayMs)
  expect(world.told()).toHaveLength(2)
})

test('another auth.expiryWarning takes effect at the next look', async () => {
  const world = openWorld()
  world.store(noon + 3 * dayMs)
  world.start()
  await world.pass(secondMs)
  world.expiryWarningMs = 4 * dayMs
  await world.pass(lookEveryMs)
  expect(world.told()).toEqual([['CredentialExpiring', work, noon + lookEveryMs]])
})

test('while the disk is full nothing is told, and later all of it, without hurry', async () => {
  const world = openWorld()
  world.store(noon - 1)
  world.isDiskFull = true
  world.start()
  await world.pass(10 * lookEveryMs)
  expect(world.told()).toEqual([])
  expect(world.timersSet).toBeLessThan(15)
  expect(world.warnings).toEqual([
    {
      profileId: work,
      error: 'the disk is full',
      message: 'an expiry date could not be announced; trying again',
    },
  ])
  world.isDiskFull = false
  await world.pass(lookEveryMs)
  expect(world.told()).toHaveLength(1)
})

test('hundreds of credentials that end together are all told of', async () => {
  const world = openWorld()
  for (let index = 0; index < 300; index++) {
    const fingerprint = parseFingerprint(index.toString(16).padStart(16, '0'))
    world.store(noon - 1, parseProfileId(`anthropic:k${index}`), { fingerprint })
  }
  world.start()
  await world.pass(0)
  for (let rounds = 0; rounds < 50; rounds++) await world.pass(0)
  expect(new Set(world.told().map(([, profileId]) => profileId)).size).toBe(300)
})

/** What may happen while a credential waits for its end; `moment` counts from noon. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(120_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('setClock'), ms: fc.integer({ min: -3 * dayMs, max: 3 * dayMs }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('start', 'stop'), ms: fc.constant(0) }) },
)

test('whatever clock and gateway do, each date is told at most once of each kind, and the end as soon as the clock was past it', async () => {
  const dates = fc.array(fc.integer({ min: -2 * dayMs, max: 2 * dayMs }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(dates, fc.array(step, { maxLength: 30 }), async (offsets, steps) => {
      const world = openWorld()
      const ends = new Map(offsets.map((offset, index) => [parseProfileId(`anthropic:k${index}`), noon + offset]))
      for (const [profileId, expiresAt] of ends) world.store(expiresAt, profileId)
      const passed = new Set<ProfileId>()
      let isRunning = false
      for (const { do: what, ms } of steps) {
        if (what === 'pass') {
          await world.pass(ms)
          if (isRunning) {
            await world.pass(lookEveryMs)
            for (const [profileId, moment] of ends) if (world.now() >= moment) passed.add(profileId)
          }
        } else if (what === 'setClock') {
          world.setClock(noon + ms)
        } else {
          isRunning = what === 'start'
          if (isRunning) world.start()
          else world.stop()
        }
        const told = world.told().map(([type, profileId]) => `${type} ${profileId}`)
        expect(told).toEqual([...new Set(told)])
        for (const profileId of passed) expect(told).toContain(`CredentialExpired ${profileId}`)
        for (const profileId of ends.keys()) {
          // The warning never comes after the end.
          expect(told.indexOf(`CredentialExpiring ${profileId}`)).toBeLessThanOrEqual(
            told.includes(`CredentialExpired ${profileId}`) ? told.indexOf(`CredentialExpired ${profileId}`) : Infinity,
          )
        }
      }
      expect(world.longestTimerMs).toBeLessThanOrEqual(lookEveryMs)
    }),
    { numRuns: 60 },
  )
})
