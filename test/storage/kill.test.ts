// kill -9 at any moment: what was acknowledged is there, what was not is there wholly or not at all.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StoredEvent } from '../../src/domain/events.ts'
import type { EventLog } from '../../src/storage/event-log.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import { databaseIn, migrationsDir, openLog, temporaryDirectory } from './temporary-log.ts'

const rounds = 20
const threadEntry = fileURLToPath(new URL('../../dist/storage-thread.cjs', import.meta.url))

let program: Awaited<ReturnType<typeof bundleScript>>
beforeAll(async () => {
  program = await bundleScript('test/storage/programs/append-forever.ts')
})
afterAll(() => program.remove())

interface Acknowledged {
  readonly position: number
  readonly stream: string
  readonly version: number
}

/** Lets the program append until some number of acknowledgements has come, kills it, and gives all it had printed. */
async function appendUntilKilled(databasePath: string): Promise<Acknowledged[]> {
  const arguments_ = [program.path, databasePath, migrationsDir, threadEntry]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const acknowledged: Acknowledged[] = []
  const killAfter = randomInt(1, 200)
  for await (const line of createInterface(child.stdout)) {
    const [position, stream = '', version] = line.split(' ')
    acknowledged.push({ position: Number(position), stream, version: Number(version) })
    if (acknowledged.length === killAfter) child.kill('SIGKILL')
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
  return acknowledged
}

async function readAll(log: EventLog): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (;;) {
    const page = await log.read({ after: events.length, limit: 1_000 })
    if (page.length === 0) return events
    events.push(...page)
  }
}

it(`${rounds} kills lose no acknowledged event and leave no gap`, { timeout: 120_000 }, async () => {
  const databasePath = databaseIn(temporaryDirectory())
  for (let round = 0; round < rounds; round += 1) {
    const acknowledged = await appendUntilKilled(databasePath)
    const { log } = await openLog(databasePath)
    const events = await readAll(log)
    await log.close()
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1))
    for (const { position, stream, version } of acknowledged) {
      const [first, last] = [events[position - 1], events[position + 1]]
      expect([first?.stream, first?.version, last?.version]).toEqual([stream, version - 2, version])
    }
    const lengths = new Map<string, number>()
    for (const { stream, version } of events) {
      expect(version).toBe((lengths.get(stream) ?? 0) + 1)
      lengths.set(stream, version)
    }
    for (const length of lengths.values()) expect(length % 3).toBe(0) // appends of three are never cut in two
  }
})
