// Snapshots and counters: a start reads the newest state and what came after it, however long the history is.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import {
  anEvent,
  databaseIn,
  encoded,
  migrationsDir,
  openCore,
  openLog,
  refusalOf,
  temporaryDirectory,
} from './temporary-log.ts'

const events = (count: number) => Array.from({ length: count }, () => anEvent())

it('a snapshot comes back with the events after it', async () => {
  const path = databaseIn(temporaryDirectory())
  const state = { credentials: { 'acme:ключ': { until: 1.5, models: [null, '*'] } } }
  const { log } = await openLog(path)
  await log.append({ stream: 'gateway', expectedVersion: 0, events: events(5) })
  await log.saveSnapshot({ position: 3, foldVersion: 1, state })
  await log.close()
  const opened = await openLog(path)
  expect(opened.snapshot).toEqual({ position: 3, foldVersion: 1, state })
  expect(opened.lastPosition).toBe(5)
  expect(opened.tail.map(({ position }) => position)).toEqual([4, 5])
})

it('the newest two snapshots are kept', async () => {
  const path = databaseIn(temporaryDirectory())
  const { log } = await openLog(path)
  await log.append({ stream: 'gateway', expectedVersion: 0, events: events(5) })
  for (const position of [1, 2, 4, 4, 3]) await log.saveSnapshot({ position, foldVersion: 1, state: position })
  const database = connectDatabase(path, { readonly: true })
  expect(database.prepare('SELECT position FROM snapshots ORDER BY position').pluck().all()).toEqual([3, 4])
  database.close()
})

it('a snapshot of another fold is not used, and the tail begins at the first event', async () => {
  const path = databaseIn(temporaryDirectory())
  const { log } = await openLog(path)
  await log.append({ stream: 'gateway', expectedVersion: 0, events: events(5) })
  await log.saveSnapshot({ position: 3, foldVersion: 1, state: {} })
  await log.close()
  const opened = await openLog(path, { foldVersion: 2 })
  expect(opened.snapshot).toBeNull()
  expect(opened.tail).toHaveLength(5)
})

it('a snapshot of events that are not in the log is refused', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const refusal = await refusalOf(() => log.saveSnapshot({ position: 1, foldVersion: 1, state: {} }))
  expect(refusal.message).toBe('a snapshot of event 1, but the log ends at 0')
})

it('the tail has 1,000 events at most; read goes on after them', async () => {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  storage.append([encoded('gateway', 0, events(1_200))])
  const { tail, log, lastPosition } = await openLog(path)
  expect(tail).toHaveLength(1_000)
  expect(await log.read({ after: 1_000, limit: 1_000 })).toHaveLength(lastPosition - 1_000)
})

it('the installation key is drawn once for each database', async () => {
  const [one, other] = [databaseIn(temporaryDirectory()), databaseIn(temporaryDirectory())]
  const first = await openLog(one)
  await first.log.close()
  const again = await openLog(one)
  expect(first.installationKey).toHaveLength(32)
  expect(again.installationKey).toEqual(first.installationKey)
  expect((await openLog(other)).installationKey).not.toEqual(first.installationKey)
})

it('counters replace those of the same credential, and come back at the next start', async () => {
  const path = databaseIn(temporaryDirectory())
  const { log, usage } = await openLog(path)
  expect(usage).toEqual([])
  await log.saveUsage([
    { profileId: 'acme:a', requests: 1, lastUsedAt: 10 },
    { profileId: 'acme:b', requests: 2, lastUsedAt: 20 },
  ])
  await log.saveUsage([{ profileId: 'acme:a', requests: 5, lastUsedAt: 50 }])
  await log.saveUsage([])
  await log.close()
  expect((await openLog(path)).usage).toEqual([
    { profileId: 'acme:a', requests: 5, lastUsedAt: 50 },
    { profileId: 'acme:b', requests: 2, lastUsedAt: 20 },
  ])
})

let program: Awaited<ReturnType<typeof bundleScript>>
beforeAll(async () => {
  program = await bundleScript('test/storage/programs/open-and-count.ts')
})
afterAll(() => program.remove())

const itOnLinux = skipUnless(process.platform === 'linux', 'Linux, to count the bytes that a process reads')

itOnLinux('what a start reads from the disk does not grow with the history', () => {
  const bytesRead = (eventCount: number): number => {
    const path = databaseIn(temporaryDirectory())
    const storage = openCore(path)
    for (let version = 0; version < eventCount; version += 1_000) {
      storage.append([encoded('gateway', version, events(1_000))])
    }
    storage.saveSnapshot({ position: eventCount, foldVersion: 1, at: 0, state: '{}' })
    storage.close()
    return Number(spawnSync(process.execPath, [program.path, path, migrationsDir], { encoding: 'utf8' }).stdout)
  }
  const [short, long] = [bytesRead(1_000), bytesRead(50_000)]
  expect(short).toBeGreaterThan(0)
  expect(long - short).toBeLessThan(10 * 4096) // some pages more on the way down deeper trees
})
