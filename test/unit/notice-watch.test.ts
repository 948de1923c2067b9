// When a matter is told over which channel, whatever clock, network and process do.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matter, MatterKind } from '../../src/domain/matter.ts'
import { channel, matter, openTellingWorld, type Told } from '../support/matters.ts'
import { noon } from '../support/story.ts'

const [phone, mail] = [channel('phone'), channel('mail')]
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const first = (name: string, key: string): Told => ({ channel: name, key, isReminder: false, isOver: false })
const reminder = (name: string, key: string): Told => ({ ...first(name, key), isReminder: true })
const over = (name: string, key: string): Told => ({ ...first(name, key), isOver: true })

const expiring = matter('expiring', { until: noon + 10 * hourMs })

test('a matter is told once over each channel', () => {
  const world = openTellingWorld([phone, mail])
  world.matters = [matter('expired')]
  for (let i = 0; i < 5; i += 1) {
    world.look()
    world.pass(hourMs)
  }
  expect(world.told).toEqual([first('phone', 'expired:x'), first('mail', 'expired:x')])
})

test('a deadline is told once more at half of the time that remained at the first telling', () => {
  const world = openTellingWorld([phone])
  world.matters = [expiring]
  world.pass(2 * hourMs)
  world.look()
  world.pass(4 * hourMs - 1)
  world.look()
  expect(world.told).toEqual([first('phone', 'expiring:x')])
  world.pass(1)
  world.look()
  expect(world.told.at(-1)).toEqual(reminder('phone', 'expiring:x'))
  world.pass(3 * hourMs)
  world.look()
  expect(world.told).toHaveLength(2)
})

test('with less than ten minutes left there is no reminder', () => {
  const world = openTellingWorld([phone])
  world.matters = [matter('expiring', { until: noon + 9 * minuteMs })]
  world.look()
  world.pass(8 * minuteMs)
  world.look()
  expect(world.told).toHaveLength(1)
})

test('the end of a rest is no deadline: it is told once', () => {
  const world = openTellingWorld([phone])
  world.matters = [matter('provider_cooling', { until: noon + 5 * hourMs })]
  for (let i = 0; i < 5; i += 1) {
    world.look()
    world.pass(hourMs)
  }
  expect(world.told).toHaveLength(1)
})

test('a matter that goes away and comes back is a new one', () => {
  const world = openTellingWorld([phone])
  const gone = matter('disabled')
  for (const matters of [[gone], [], [gone]]) {
    world.matters = matters
    world.look()
  }
  expect(world.told).toHaveLength(2)
})

test('a provider that rests again within the hour is still the same matter, and after an hour a new one', () => {
  const world = openTellingWorld([phone])
  const rest = matter('provider_cooling')
  for (const [matters, ms] of [
    [[rest], 1],
    [[], 59 * minuteMs],
    [[rest], 1],
    [[], hourMs],
    [[], 1],
    [[rest], 1],
  ] as const) {
    world.matters = matters
    world.look()
    world.pass(ms)
  }
  expect(world.told).toHaveLength(2)
})

test('a provider without a credential for less than a minute is not told', () => {
  const world = openTellingWorld([phone])
  world.matters = [matter('missing')]
  world.look()
  world.pass(minuteMs - 1)
  world.look()
  expect(world.told).toEqual([])
  world.pass(1)
  world.look()
  expect(world.told).toHaveLength(1)
})

test('a channel that was away hears of it when it is back, and the others hear nothing twice', () => {
  const world = openTellingWorld([phone, mail])
  world.matters = [matter('expired')]
  world.reachable = new Set(['mail'])
  world.look()
  world.pass(3 * dayMs)
  world.look()
  world.reachable = new Set(['mail', 'phone'])
  world.look()
  world.look()
  expect(world.told).toEqual([first('mail', 'expired:x'), first('phone', 'expired:x')])
})

test('what passed while a channel was away is told as over', () => {
  const world = openTellingWorld([phone, mail])
  world.reachable = new Set(['mail'])
  const trouble = matter('storage_failed')
  for (const [matters, ms] of [
    [[trouble], minuteMs],
    [[], 10 * minuteMs],
    [[], 0],
  ] as const) {
    world.matters = matters
    world.look()
    world.pass(ms)
  }
  world.reachable = new Set(['mail', 'phone'])
  world.look()
  world.look()
  expect(world.told).toEqual([first('mail', 'storage_failed:x'), over('phone', 'storage_failed:x')])
})

test('what somebody mended before anybody could be told is not told', () => {
  const world = openTellingWorld([phone])
  world.reachable = new Set()
  world.matters = [matter('expired')]
  world.look()
  world.matters = []
  world.look()
  world.reachable = new Set(['phone'])
  world.look()
  expect(world.told).toEqual([])
})

test('what passed is told for a day and no longer', () => {
  const world = openTellingWorld([phone])
  world.reachable = new Set()
  for (const [matters, ms] of [
    [[matter('storage_failed')], 1],
    [[], 10 * minuteMs],
    [[], dayMs],
  ] as const) {
    world.matters = matters
    world.look()
    world.pass(ms)
  }
  world.reachable = new Set(['phone'])
  world.look()
  expect(world.told).toEqual([])
})

test('a channel hears of the kinds that it wants', () => {
  const world = openTellingWorld([channel('phone', { only: ['expired'] })])
  world.matters = [expiring, matter('expired')]
  world.look()
  expect(world.told).toEqual([first('phone', 'expired:x')])
})

test('a restart repeats nothing, and what ended meanwhile is forgotten', () => {
  const world = openTellingWorld([phone])
  world.matters = [matter('expired'), matter('disabled')]
  world.look()
  world.restart()
  world.matters = [matter('expired')]
  world.look()
  expect(world.told).toHaveLength(2)
  expect(Object.keys(world.log())).toEqual(['expired:x'])
  world.matters = [matter('expired'), matter('disabled')]
  world.look()
  expect(world.told).toHaveLength(3)
})

const kinds = ['expired', 'disabled', 'expiring'] as const satisfies readonly MatterKind[]
const step = fc.record({
  present: fc.subarray([...kinds]),
  reachable: fc.subarray(['phone', 'mail']),
  passMs: fc.integer({ min: 0, max: 2 * hourMs }),
  /** By how much the clock is set besides. */
  setMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -3 * dayMs, max: 3 * dayMs })),
  restarts: fc.boolean(),
})

test('never twice and never lost: in each time that a matter lasts each channel that can be reached hears of it once, and of a deadline twice at most', () => {
  const of = (kind: MatterKind): Matter => matter(kind, kind === 'expiring' ? { until: noon + 20 * hourMs } : {})
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = openTellingWorld([phone, mail])
      /** What was told in the present life of each matter, by matter and channel. */
      const lives = new Map<string, Told[]>()
      const last = { present: [...kinds], reachable: ['phone', 'mail'], passMs: 0, setMs: 0, restarts: false }
      for (const { present, reachable, passMs, setMs, restarts } of [...steps, last]) {
        if (restarts) world.restart()
        world.pass(passMs, passMs + setMs)
        world.matters = present.map(of)
        world.reachable = new Set(reachable)
        for (const kind of kinds) {
          if (present.includes(kind)) continue
          for (const name of ['phone', 'mail']) lives.delete(`${kind}:x ${name}`)
        }
        const before = world.told.length
        world.look()
        for (const each of world.told.slice(before)) {
          const life = `${each.key} ${each.channel}`
          lives.set(life, [...(lives.get(life) ?? []), each])
          const told = lives.get(life) ?? []
          expect(told.filter(({ isReminder }) => !isReminder)).toHaveLength(1)
          expect(told.length).toBeLessThanOrEqual(each.key === 'expiring:x' ? 2 : 1)
          expect(present).toContain(each.key.slice(0, -2))
          expect(reachable).toContain(each.channel)
        }
      }
      for (const kind of kinds) {
        for (const name of ['phone', 'mail']) expect(lives.get(`${kind}:x ${name}`)?.length).toBeGreaterThanOrEqual(1)
      }
    }),
    { numRuns: 500 },
  )
})
