// Work that is done again and again.
import { expect, test } from 'vitest'
import { repeat } from '../../src/daemon/repeat.ts'

test('a round begins a while after the one before has ended, and none after the close', async () => {
  const timers: (() => void)[] = []
  const host = { setTimer: (_delayMs: number, callback: () => void) => ({ at: timers.push(callback), cancel() {} }) }
  const rounds: (() => void)[] = []
  const repeated = repeat(host, 10_000, () => new Promise((resolve) => rounds.push(resolve)))
  timers[0]?.()
  expect([rounds.length, timers.length]).toEqual([1, 1])
  rounds[0]?.()
  await Promise.resolve()
  expect([rounds.length, timers.length]).toEqual([1, 2])
  timers[1]?.()
  repeated.close()
  rounds[1]?.()
  await Promise.resolve()
  expect([rounds.length, timers.length]).toEqual([2, 2])
})
