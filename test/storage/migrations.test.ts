// Migrations: each once, whoever starts, and never on a database that another program should handle.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import { laterMigrations, migrationNames, migrationsWith, schemaToday } from './other-migrations.ts'
import {
  appendTo,
  databaseIn,
  migrationsDir,
  openCore,
  openLog,
  refusalOf,
  temporaryDirectory,
} from './temporary-log.ts'

let program: Awaited<ReturnType<typeof bundleScript>>
beforeAll(async () => {
  program = await bundleScript('test/storage/programs/open-together.ts')
})
afterAll(() => program.remove())

/** Starts `count` programs, lets them all open the database at one moment, and gives what each printed. */
async function openTogether(databasePath: string, directory: string, count: number): Promise<string[]> {
  const starters = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [program.path, databasePath, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return { child, lines }
  })
  for (const { lines } of starters) expect(await lines.next()).toMatchObject({ value: 'ready' })
  for (const { child } of starters) child.stdin.write('go\n')
  const printed: string[] = []
  for (const { child, lines } of starters) {
    printed.push(String((await lines.next()).value))
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  }
  return printed
}

function appliedMigrations(databasePath: string): unknown[] {
  const database = connectDatabase(databasePath, { readonly: true })
  try {
    return database.prepare('SELECT name FROM migrations ORDER BY number').pluck().all()
  } finally {
    database.close()
  }
}

it('eight programs that start at once make one database with one key, each migration applied once', async () => {
  const directory = temporaryDirectory()
  const keys = await openTogether(databaseIn(directory), migrationsDir, 8)
  expect(keys).toEqual(Array.from({ length: 8 }, () => expect.stringMatching(/^[0-9a-f]{64}$/) as unknown))
  expect(new Set(keys).size).toBe(1)
  // When the last two close in the same moment, neither is alone to clear SQLite's own files away: the next one does.
  expect(readdirSync(directory).filter((name) => !/-(shm|wal)$/.test(name))).toEqual(['traseai.db'])
  expect(appliedMigrations(databaseIn(directory))).toEqual(migrationNames)
})

it('eight newer programs that start at once on an older database apply the new migration once', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  const old = openCore(databasePath)
  appendTo(old, 'gateway', 0)
  const directory = laterMigrations()
  const keys = await openTogether(databasePath, directory, 8)
  expect(new Set(keys)).toEqual(new Set([Buffer.from(old.opening.installationKey).toString('hex')]))
  expect(appliedMigrations(databasePath)).toEqual([...migrationNames, expect.stringContaining('_more')])
  const database = connectDatabase(databasePath, { readonly: true })
  expect(
    database
      .prepare(`SELECT count(*) FROM more_${schemaToday + 1}`)
      .pluck()
      .get(),
  ).toBe(1)
  database.close()
  expect(old.read({ limit: 1 })).toHaveLength(1)
})

it('a database of a newer program is refused with both versions, and stays as it is', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath, { migrationsDir: laterMigrations() }).close()
  const before = readFileSync(databasePath)
  const refusal = await refusalOf(() => openLog(databasePath))
  expect(refusal.code).toBe('database_newer')
  expect(refusal.message).toContain(`has schema ${schemaToday + 1}, written by TraseAI`)
  expect(refusal.message).toContain(`knows schemas up to ${schemaToday}`)
  expect(refusal.hint).toContain('install that version again')
  expect(readFileSync(databasePath).equals(before)).toBe(true)
})

it('a migration that fails leaves nothing of itself', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath).close()
  const broken = laterMigrations(2, 'INSERT INTO nowhere VALUES (1);')
  await expect(refusalOf(() => openCore(databasePath, { migrationsDir: broken }))).resolves.toMatchObject({
    code: 'storage_failed',
  })
  expect(appliedMigrations(databasePath)).toEqual(migrationNames)
  appendTo(openCore(databasePath), 'gateway', 0)
})

it('a migration that was edited after it was applied is refused by name', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath).close()
  const edited = migrationsWith('0001_event_log.sql', '-- nothing left')
  const refusal = await refusalOf(() => openCore(databasePath, { migrationsDir: edited }))
  expect(refusal.message).toContain('migration 0001_event_log.sql is not the one')
})

it('line ends of another system are no edit', () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath).close()
  const first = readFileSync(join(migrationsDir, '0001_event_log.sql'), 'utf8').replaceAll('\n', '\r\n')
  openCore(databasePath, { migrationsDir: migrationsWith('0001_event_log.sql', first) })
})

it('migrations with a number missing, or none at all, are refused', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  const gap = await refusalOf(() => openCore(databasePath, { migrationsDir: migrationsWith('0099_late.sql', '') }))
  expect(gap.message).toContain('0099_late.sql does not follow')
  const none = await refusalOf(() => openCore(databasePath, { migrationsDir: temporaryDirectory() }))
  expect(none.message).toContain('there are none')
  const missing = await refusalOf(() => openCore(databasePath, { migrationsDir: '/nonexistent/migrations' }))
  expect(missing).toMatchObject({ code: 'file_unreadable', hint: 'install TraseAI again' })
})

it('the database and the files beside it can be read by their owner alone', () => {
  const directory = temporaryDirectory()
  const storage = openCore(databaseIn(directory))
  appendTo(storage, 'gateway', 0)
  const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o777])
  expect(modes).toEqual([
    ['traseai.db', 0o600],
    ['traseai.db-shm', 0o600],
    ['traseai.db-wal', 0o600],
  ])
})
