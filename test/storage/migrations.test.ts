// Migrations: each once, whoever starts, and never on a database that another program should handle.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { bundleScript } from '../support/bundle-script.mjs'
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

/** A copy of the migrations with one more. */
function withOneMore(name: string, sql: string): string {
  const directory = join(temporaryDirectory(), 'migrations')
  cpSync(migrationsDir, directory, { recursive: true })
  writeFileSync(join(directory, name), sql)
  return directory
}

const names = readdirSync(migrationsDir).map((name) => name.replace('.sql', ''))
const next = `${String(names.length + 1).padStart(4, '0')}_more`

it('eight programs that start at once make one database with one key, each migration applied once', async () => {
  const directory = temporaryDirectory()
  const keys = await openTogether(databaseIn(directory), migrationsDir, 8)
  expect(keys).toEqual(Array.from({ length: 8 }, () => expect.stringMatching(/^[0-9a-f]{64}$/) as unknown))
  expect(new Set(keys).size).toBe(1)
  expect(readdirSync(directory)).toEqual(['traseai.db'])
  expect(appliedMigrations(databaseIn(directory))).toEqual(names)
})

it('eight newer programs that start at once on an older database apply the new migration once', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  const old = openCore(databasePath)
  appendTo(old, 'gateway', 0)
  const directory = withOneMore(
    `${next}.sql`,
    'CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT; INSERT INTO more VALUES (NULL);',
  )
  const keys = await openTogether(databasePath, directory, 8)
  expect(new Set(keys)).toEqual(new Set([Buffer.from(old.opening.installationKey).toString('hex')]))
  expect(appliedMigrations(databasePath)).toEqual([...names, next])
  const database = connectDatabase(databasePath, { readonly: true })
  expect(database.prepare('SELECT count(*) FROM more').pluck().get()).toBe(1)
  database.close()
  expect(old.read({ limit: 1 })).toHaveLength(1)
})

it('a database of a newer program is refused with both versions, and stays as it is', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath, {
    migrationsDir: withOneMore(`${next}.sql`, 'CREATE TABLE more (id INTEGER) STRICT;'),
  }).close()
  const before = readFileSync(databasePath)
  const refusal = await refusalOf(() => openLog(databasePath))
  expect(refusal.code).toBe('database_newer')
  expect(refusal.message).toContain(`has schema ${names.length + 1}, written by TraseAI`)
  expect(refusal.message).toContain(`knows schemas up to ${names.length}`)
  expect(refusal.hint).toContain('install that version again')
  expect(readFileSync(databasePath).equals(before)).toBe(true)
})

it('a migration that fails leaves nothing of itself', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  const broken = withOneMore(`${next}.sql`, 'CREATE TABLE more (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);')
  await expect(refusalOf(() => openCore(databasePath, { migrationsDir: broken }))).resolves.toMatchObject({
    code: 'storage_failed',
  })
  expect(appliedMigrations(databasePath)).toEqual(names)
  appendTo(openCore(databasePath), 'gateway', 0)
})

it('a migration that was edited after it was applied is refused by name', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath).close()
  const edited = withOneMore('0001_event_log.sql', '-- nothing left')
  const refusal = await refusalOf(() => openCore(databasePath, { migrationsDir: edited }))
  expect(refusal.message).toContain('migration 0001_event_log.sql is not the one')
})

it('line ends of another system are no edit', () => {
  const databasePath = databaseIn(temporaryDirectory())
  openCore(databasePath).close()
  const first = readFileSync(join(migrationsDir, '0001_event_log.sql'), 'utf8').replaceAll('\n', '\r\n')
  openCore(databasePath, { migrationsDir: withOneMore('0001_event_log.sql', first) })
})

it('migrations with a number missing, or none at all, are refused', async () => {
  const databasePath = databaseIn(temporaryDirectory())
  const gap = await refusalOf(() => openCore(databasePath, { migrationsDir: withOneMore('0099_late.sql', '') }))
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
