// kill -9 at any moment of an upgrade: the next start goes on from one schema or the other, with everything, and a way back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copiesDirectory, listCopies } from '../../src/storage/database-copies.ts'
import { inspectDatabase } from '../../src/storage/inspect-database.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import { laterMigrations, schemaToday } from './other-migrations.ts'
import { anEvent, databaseIn, encoded, openCore, temporaryDirectory } from './temporary-log.ts'

const rounds = 24
const events = 20_000

let program: Awaited<ReturnType<typeof bundleScript>>
beforeAll(async () => {
  program = await bundleScript('test/storage/programs/open-newer.ts')
})
afterAll(() => program.remove())

/** Large enough that copying it takes some milliseconds. */
function aLargeDatabase(): string {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  storage.append([
    encoded(
      'gateway',
      0,
      Array.from({ length: events }, () => anEvent()),
    ),
  ])
  storage.close()
  return path
}

/** Starts the upgrade and kills it so long after its first step; gives how long it took when it was not killed in time. */
async function upgradeUntilKilled(path: string, migrations: string, afterMs: number): Promise<number | null> {
  const child = spawn(process.execPath, [program.path, path, migrations], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  await lines.next()
  const startedMs = performance.now()
  const opened = lines.next().then(({ value }) => (value === 'open' ? performance.now() - startedMs : null))
  await Promise.race([delay(afterMs), opened])
  child.kill('SIGKILL')
  await ended
  return await opened
}

it(`${rounds} kills in the middle of an upgrade lose nothing`, { timeout: 120_000 }, async () => {
  const original = aLargeDatabase()
  const migrations = laterMigrations(3)
  const copyOfOriginal = (): string => {
    const path = databaseIn(temporaryDirectory())
    cpSync(original, path)
    return path
  }
  // How long it takes undisturbed, so that the kills are spread over all of it whatever the machine.
  const wholeMs = (await upgradeUntilKilled(copyOfOriginal(), migrations, 60_000)) ?? 0
  let interrupted = 0
  for (let round = 0; round < rounds; round += 1) {
    const path = copyOfOriginal()
    for (const part of [round / rounds, ((round * 7 + 3) % rounds) / rounds]) {
      if ((await upgradeUntilKilled(path, migrations, wholeMs * part)) === null) interrupted += 1
    }
    const { opening, read } = openCore(path, { migrationsDir: migrations })
    expect(opening.lastPosition).toBe(events)
    expect(read({ after: events - 1, limit: 2 })).toHaveLength(1)
    expect(inspectDatabase(path)).toEqual([])
    const copies = listCopies(copiesDirectory(path))
    expect(copies.map(({ schema }) => schema)).toEqual([schemaToday])
    expect(readdirSync(copiesDirectory(path))).toHaveLength(1) // nothing half-made beside it
    expect(openCore(join(copies[0]!.path)).opening.lastPosition).toBe(events)
  }
  expect(interrupted).toBeGreaterThan(0)
})
