// Recurring work: at its time, a few side by side, none twice at once.
import { expect, test } from 'vitest'
import { openDueWork } from '../../src/daemon/due-work.ts'
import { openManualClock } from '../support/manual-clock.ts'

test('a round begins when it is due, and the next one as long after as the round says', async () => {
  const clock = openManualClock()
  const rounds: number[] = []
  const due = openDueWork<string>({
    host: clock,
    atOnceMax: 1,
    async work() {
      rounds.push(clock.monotonicMs())
      return 100
    },
  })
  due.schedule('a', 50)
  await clock.advance(260)
  expect(rounds).toEqual([50, 150, 250])
  due.schedule('a', 10)
  await clock.advance(10)
  expect(rounds.at(-1)).toBe(270)
  due.forget('a')
  await clock.advance(1_000)
  expect(rounds).toHaveLength(4)
  await due.close()
})

test('no more rounds than allowed are under way, and what was asked for meanwhile comes after', async () => {
  const clock = openManualClock()
  const begun: string[] = []
  const ends = new Map<string, (delayMs: number) => void>()
  const due = openDueWork<string>({
    host: clock,
    atOnceMax: 2,
    work: (id) => {
      begun.push(id)
      return new Promise((resolve) => ends.set(id, resolve))
    },
  })
  for (const id of ['a', 'b', 'c']) due.schedule(id, 0)
  expect(begun).toEqual(['a', 'b'])
  due.schedule('a', 0)
  expect(begun).toEqual(['a', 'b'])
  ends.get('a')?.(1_000)
  await clock.advance(0)
  expect(begun).toEqual(['a', 'b', 'a'])

  const all = due.runAll()
  for (const id of ['b', 'a', 'c', 'b', 'a', 'c']) {
    ends.get(id)?.(1_000)
    await clock.advance(0)
  }
  await all
  expect(begun.length).toBeGreaterThanOrEqual(6)
  const before = begun.length
  await clock.advance(999)
  expect(begun).toHaveLength(before)
  await clock.advance(1)
  expect(begun).toHaveLength(before + 2)
  const closed = due.close()
  for (const end of ends.values()) end(0)
  await closed
  await clock.advance(10_000)
  expect(begun).toHaveLength(before + 2)
})

test('with nothing to do everything is done', async () => {
  const due = openDueWork<string>({ host: openManualClock(), atOnceMax: 1, work: () => Promise.resolve(1) })
  await due.runAll()
  await due.close()
})
