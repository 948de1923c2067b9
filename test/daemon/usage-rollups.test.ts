// The counters of requests on their way to storage, also when storage fails.
import { expect, test } from 'vitest'
import { openRequestMemory } from '../../src/daemon/request-memory.ts'
import { openUsageRollups } from '../../src/daemon/usage-rollups.ts'
import { openUsageTally } from '../../src/daemon/usage-tally.ts'
import { parseProfileId } from '../../src/domain/ids.ts'
import { noUsage, type UsageGroup, type UsageQuestion, type UsageRow } from '../../src/domain/usage.ts'
import type { UsageRollup } from '../../src/storage/event-log.ts'
import { usageRecord } from '../support/usage-record.ts'

const work = parseProfileId('anthropic:work')
const home = parseProfileId('anthropic:home')

/** A storage that answers when the test says so, and a clock that rings when it does. */
function openRoom() {
  const memory = openRequestMemory([])
  const tally = openUsageTally()
  const rounds: (() => void)[] = []
  const host = {
    setTimer: (_delayMs: number, callback: () => void) => ({ at: rounds.push(callback), cancel() {} }),
  }
  const failures: unknown[] = []
  const trouble = {
    watch<T>(write: Promise<T>): Promise<T> {
      void write.catch((error: unknown) => failures.push(error))
      return write
    },
    wrote() {},
  }
  const writes = held<readonly UsageRollup[]>()
  const histories = held<readonly UsageRow[]>()
  const kept: UsageGroup[] = []
  const log = {
    saveUsage: writes.save,
    saveUsageHistory: histories.save,
    readUsageHistory: () => Promise.resolve(kept),
  }
  const rollups = openUsageRollups({ host, log, memory, tally, trouble })
  const requestsNow = async (): Promise<unknown> =>
    (await rollups.ask(everything)).map(({ key, counts }) => [key.profileId, counts.requests])
  return {
    memory,
    tally,
    kept,
    failures,
    rounds,
    requestsNow,
    histories: histories.all,
    writes: writes.all,
    ring: () => rounds.shift()?.(),
    close: () => rollups.close(),
  }
}

const everything: UsageQuestion = { from: 0, to: 1e9, only: {}, by: 'credential', utcOffsetMinutes: 0 }

/** Saves that succeed or fail when the test says so. */
function held<T>() {
  const all: { readonly rollups: T; succeed(): void; fail(): void }[] = []
  const save = (rollups: T): Promise<void> =>
    new Promise((resolve, reject) => {
      all.push({ rollups, succeed: resolve, fail: () => reject(new Error('the disk is full')) })
    })
  return { all, save }
}

test('counters that could not be written are written with the next round', async () => {
  const { memory, writes, failures, ring, rounds } = openRoom()
  memory.recordSuccess(work, 1_000)
  ring()
  await expect.poll(() => writes.length).toBe(1)
  memory.recordSuccess(home, 2_000)
  writes[0]?.fail()
  await expect.poll(() => rounds.length).toBe(1)
  expect(failures).toHaveLength(1)
  ring()
  await expect.poll(() => writes.length).toBe(2)
  expect(writes[1]?.rollups).toEqual([
    { profileId: home, requests: 1, lastUsedAt: 2_000 },
    { profileId: work, requests: 1, lastUsedAt: 1_000 },
  ])
})

test('counters that were written are not written again', async () => {
  const { memory, writes, ring, close, rounds } = openRoom()
  memory.recordSuccess(work, 1_000)
  ring()
  await expect.poll(() => writes.length).toBe(1)
  writes[0]?.succeed()
  await expect.poll(() => rounds.length).toBe(1)
  await close()
  expect(writes.length).toBe(1)
})

test('the end writes what a write under way fails to write', async () => {
  const { memory, writes, ring, close } = openRoom()
  memory.recordSuccess(work, 1_000)
  ring()
  await expect.poll(() => writes.length).toBe(1)
  const closed = close()
  writes[0]?.fail()
  await expect.poll(() => writes.length).toBe(2)
  expect(writes[1]?.rollups).toEqual(writes[0]?.rollups)
  writes[1]?.succeed()
  await closed
})

test('what is not written yet is part of the answer, once', async () => {
  const { tally, kept, histories, rounds, ring, requestsNow } = openRoom()
  kept.push({ key: { provider: 'anthropic', profileId: work }, counts: { ...noUsage(), requests: 10 } })
  expect(await requestsNow()).toEqual([[work, 10]])
  tally.count(usageRecord(), 'main')
  expect(await requestsNow()).toEqual([[work, 11]])
  ring()
  await expect.poll(() => histories.length).toBe(1)
  tally.count(usageRecord({ profileId: home }), 'main')
  // The storage answers in turn, so the write is done when the question is answered: here it fails.
  const asked = requestsNow()
  histories[0]?.fail()
  expect(await asked).toEqual([
    [work, 11],
    [home, 1],
  ])
  await expect.poll(() => rounds.length).toBe(1)
  expect(await requestsNow()).toEqual([
    [work, 11],
    [home, 1],
  ])
  ring()
  await expect.poll(() => histories.length).toBe(2)
  expect(histories[1]?.rollups.map(({ profileId, counts }) => [profileId, counts.requests])).toEqual([
    [home, 1],
    [work, 1],
  ])
})

test('what is being written is told by the storage and not a second time', async () => {
  const { tally, kept, histories, ring, requestsNow } = openRoom()
  tally.count(usageRecord(), 'main')
  ring()
  await expect.poll(() => histories.length).toBe(1)
  const asked = requestsNow()
  kept.push({ key: { provider: 'anthropic', profileId: work }, counts: { ...noUsage(), requests: 1 } })
  histories[0]?.succeed()
  expect(await asked).toEqual([[work, 1]])
})
