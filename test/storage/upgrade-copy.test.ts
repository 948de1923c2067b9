// Before an upgrade changes the database there is a copy of it: whole, private, few of them, and none without a need.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listCopies } from '../../src/storage/database-copies.ts'
import { readMigrations } from '../../src/storage/migrate.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { earlierMigrations, laterMigrations, schemaToday } from './other-migrations.ts'
import { about, append, aSecret, leftovers, openWithKey } from './secret-bytes.ts'
import {
  anEvent,
  appendTo,
  databaseIn,
  encoded,
  openCore,
  refusalOf,
  someTime,
  temporaryDirectory,
} from './temporary-log.ts'

const dayMs = 86_400_000

const started = (version: string) => anEvent({ type: 'GatewayStarted', data: { version, reason: 'run' } })

/** A database of this program with so many events, closed. */
function aDatabase(events = 3): string {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  storage.append([encoded('gateway', 0, [started('0.1.0')])])
  for (let version = 1; version < events; version += 1) appendTo(storage, 'gateway', version)
  storage.close()
  return path
}

function backupsOf(path: string): string {
  return join(path, '..', 'backups')
}

function copiesOf(path: string): string[] {
  return existsSync(backupsOf(path)) ? readdirSync(backupsOf(path)) : []
}

/** Opens it with some migrations more, as a newer program would, and closes it. */
function upgrade(path: string, more = 1, openedAt = someTime): void {
  openCore(path, { migrationsDir: laterMigrations(more), openedAt }).close()
}

/** How many events there are, as a program of today reads them. */
function eventsIn(path: string): number {
  const storage = openCore(path)
  const { lastPosition } = storage.opening
  storage.close()
  return lastPosition
}

it('a new database, and one that needs no upgrade, are not copied', () => {
  const path = aDatabase()
  openCore(path).close()
  expect(existsSync(backupsOf(path))).toBe(false)
})

it('an upgrade is told, with the copy from before, which an older program opens', () => {
  const path = aDatabase(5)
  const { opening } = openCore(path, { migrationsDir: laterMigrations() })
  const copy = join(backupsOf(path), `traseai-schema${schemaToday}-0.1.0-20260102T030405Z.db`)
  expect(opening.upgrade).toEqual({ from: schemaToday, to: schemaToday + 1, copy })
  expect(copiesOf(path)).toEqual([`traseai-schema${schemaToday}-0.1.0-20260102T030405Z.db`])
  expect(eventsIn(copy)).toBe(5)
})

it('a copy has what lies in the -wal only', () => {
  const path = databaseIn(temporaryDirectory())
  const running = openCore(path)
  appendTo(running, 'gateway', 0)
  const killed = databaseIn(temporaryDirectory())
  for (const suffix of ['', '-wal']) cpSync(`${path}${suffix}`, `${killed}${suffix}`) // as after kill -9
  expect(statSync(`${killed}-wal`).size).toBeGreaterThan(0)
  upgrade(killed)
  expect(eventsIn(join(backupsOf(killed), copiesOf(killed)[0]!))).toBe(1)
})

it('a copy of a database that no gateway served from is named after the program that made it', () => {
  const path = databaseIn(temporaryDirectory())
  openCore(path).close()
  upgrade(path)
  expect(copiesOf(path)).toEqual([expect.stringMatching(/^traseai-schema\d+-\d+\.\d+\.\d+-20260102T030405Z\.db$/)])
})

it('copies can be read by their owner alone', () => {
  const path = aDatabase()
  upgrade(path)
  expect(statSync(backupsOf(path)).mode & 0o777).toBe(0o700)
  for (const name of copiesOf(path)) expect(statSync(join(backupsOf(path), name)).mode & 0o777).toBe(0o600)
})

it('a copy holds the secrets that are stored, sealed, and none that was destroyed before', () => {
  const storage = openWithKey()
  const [kept, gone] = [aSecret('kept', 500), aSecret('gone', 500)]
  for (const secret of [kept, gone]) append(storage, secret, about(secret, 'CredentialAdded'), secret)
  append(storage, gone, about(gone, 'CredentialRemoved', { reason: 'user' }))
  storage.close()
  upgrade(storage.path)
  const copy = join(backupsOf(storage.path), copiesOf(storage.path)[0]!)
  expect(leftovers(copy, [gone])).toEqual([])
  expect(
    openCore(copy)
      .readSecrets()
      .map(({ profileId }) => profileId),
  ).toEqual([kept.profileId])
})

it('the three newest copies are kept, for 30 days', () => {
  const path = aDatabase()
  for (const upgrades of [1, 2, 3, 4]) upgrade(path, upgrades, someTime + upgrades * dayMs)
  const schemas = () => listCopies(backupsOf(path)).map(({ schema }) => schema - schemaToday)
  expect(schemas()).toEqual([1, 2, 3])
  upgrade(path, 5, someTime + 33.5 * dayMs)
  expect(schemas()).toEqual([3, 4])
})

it('an upgrade that fails again and again makes one copy, and drives out no other', async () => {
  const path = aDatabase()
  mkdirSync(backupsOf(path))
  const other = join(backupsOf(path), 'traseai-schema1-0.0.1-20260101T000000Z.db')
  cpSync(path, other)
  const broken = laterMigrations(1, 'INSERT INTO nowhere VALUES (1);')
  for (let second = 0; second < 5; second += 1) {
    await refusalOf(() => openCore(path, { migrationsDir: broken, openedAt: someTime + second * 1_000 }))
  }
  expect(copiesOf(path)).toHaveLength(2)
  expect(eventsIn(path)).toBe(3)
})

it('what a kill left of a copy is removed by the next upgrade, and a copy that is no database is not relied on', () => {
  const path = aDatabase()
  mkdirSync(backupsOf(path))
  const name = `traseai-schema${schemaToday}-0.1.0-20260102T000000Z.db`
  writeFileSync(join(backupsOf(path), name), 'half')
  writeFileSync(join(backupsOf(path), `${name}.0123456789ab.new`), 'half')
  upgrade(path)
  expect(copiesOf(path)).toEqual([name, `traseai-schema${schemaToday}-0.1.0-20260102T030405Z.db`])
})

it('a damaged database is not upgraded', async () => {
  const path = aDatabase(400)
  const bytes = readFileSync(path)
  bytes.fill(0xa5, bytes.length - 8_192, bytes.length - 4_096)
  writeFileSync(path, bytes)
  expect((await refusalOf(() => upgrade(path))).code).toBe('database_corrupt')
  expect(copiesOf(path)).toEqual([])
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

itOnSmallDisk('on a disk without room for a copy nothing is upgraded, and nothing is left behind', async () => {
  const directory = temporaryDirectory()
  mountSmallDisk(directory, '1m')
  const path = databaseIn(directory)
  cpSync(aDatabase(400), path)
  const before = readFileSync(path)
  const ballast = join(directory, 'ballast')
  writeFileSync(ballast, Buffer.alloc(1_048_576 - before.length - 150_000))
  const refusal = await refusalOf(() => upgrade(path))
  expect(refusal.code).toBe('disk_full')
  expect(refusal.message).toContain('before its upgrade')
  expect(refusal.message).toContain('it stays as it was')
  expect(refusal.hint).toMatch(/^free 1 MiB on the disk of .* and start again$/)
  expect(copiesOf(path)).toEqual([])
  expect(readFileSync(path).equals(before)).toBe(true)
  rmSync(ballast)
  upgrade(path)
  expect(copiesOf(path)).toHaveLength(1)
})

itOnSmallDisk('where no copy can be written nothing is upgraded', async () => {
  const path = aDatabase()
  writeFileSync(backupsOf(path), 'a file in its place')
  expect(await refusalOf(() => upgrade(path))).toMatchObject({ code: 'home_unwritable' })
  expect(eventsIn(path)).toBe(3)
})

it('a step over several schemas is one upgrade with one copy', () => {
  const path = databaseIn(temporaryDirectory())
  openDatabase({ databasePath: path, migrations: readMigrations(earlierMigrations(3)), openedAt: 1 }).database.close()
  expect(openCore(path).opening.upgrade).toMatchObject({ from: 3, to: schemaToday })
  expect(copiesOf(path)).toEqual([expect.stringContaining('traseai-schema3-')])
})
