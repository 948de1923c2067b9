// The counters of requests on their way to storage, also when storage fails.
import { expect, test } from 'vitest'
import { openRequestMemory } from '../../src/daemon/request-memory.ts'
import { openUsageRollups } from '../../src/daemon/usage-rollups.ts'
import { parseProfileId } from '../../src/domain/ids.ts'
import { realHost } from '../../src/host.ts'
import type { UsageRollup } from '../../src/storage/event-log.ts'

const work = parseProfileId('anthropic:work')
const home = parseProfileId('anthropic:home')

/** A storage that answers when the test says so, and a clock that rings when it does. */
function openRoom() {
  const memory = openRequestMemory([])
  const rounds: (() => void)[] = []
  const writes: { readonly rollups: readonly UsageRollup[]; succeed(): void; fail(): void }[] = []
  const warnings: string[] = []
  const host = {
    setTimer: (_delayMs: number, callback: () => void) => ({ at: rounds.push(callback), cancel() {} }),
    log: { ...realHost().log, warn: (_fields: object, sentence: string) => void warnings.push(sentence) },
  }
  const saveUsage = (rollups: readonly UsageRollup[]): Promise<void> =>
    new Promise((resolve, reject) => {
      writes.push({ rollups, succeed: resolve, fail: () => reject(new Error('the disk is full')) })
    })
  const rollups = openUsageRollups(host, { saveUsage }, memory)
  return { memory, writes, warnings, ring: () => rounds.shift()?.(), close: () => rollups.close(), rounds }
}

test('counters that could not be written are written with the next round', async () => {
  const { memory, writes, warnings, ring, rounds } = openRoom()
  memory.recordSuccess(work, 1_000)
  ring()
  await expect.poll(() => writes.length).toBe(1)
  memory.recordSuccess(home, 2_000)
  writes[0]?.fail()
  await expect.poll(() => rounds.length).toBe(1)
  expect(warnings).toEqual(['usage counters could not be written'])
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
