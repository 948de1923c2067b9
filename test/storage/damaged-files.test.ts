// A file that is not ours, or not whole: refused in words, and left as it is.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import {
  anEvent,
  appendTo,
  databaseIn,
  encoded,
  migrationsDir,
  openCore,
  openLog,
  refusalOf,
  someTime,
  temporaryDirectory,
} from './temporary-log.ts'

const eventCount = 300

/** Two databases, made once and copied: one closed in good order, one with its -wal, as kill -9 leaves it. */
let closed = ''
let crashed = ''
beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-damaged-'))
  const path = databaseIn(directory)
  closed = join(directory, 'closed.db')
  crashed = join(directory, 'crashed.db')
  const storage = openStorage({ databasePath: path, migrationsDir, foldVersion: 1, openedAt: someTime })
  storage.append([encoded('gateway', 0, manyEvents(eventCount))])
  checkpoint(path)
  copyFileSync(path, closed)
  storage.append([encoded('gateway', eventCount, manyEvents(50))]) // only in the -wal
  copyFileSync(path, crashed)
  copyFileSync(`${path}-wal`, `${crashed}-wal`)
  storage.close()
  return () => rmSync(directory, { recursive: true })
})

const manyEvents = (count: number) => Array.from({ length: count }, () => anEvent())

function checkpoint(path: string): void {
  const database = connectDatabase(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

/** A copy of one of the two, with its -wal if it has one, to be damaged. */
function copyOf(original: string): string {
  const copy = databaseIn(temporaryDirectory())
  for (const suffix of ['', '-wal']) {
    if (existsSync(original + suffix)) copyFileSync(original + suffix, copy + suffix)
  }
  return copy
}

it.each([
  ['text', 'these are not the bytes of a database, though there are quite a few of them'],
  ['a few bytes', 'SQL'.toLowerCase()],
  ['zeros', '\0'.repeat(8192)],
])('a file of %s is not a database', async (_, contents) => {
  const path = databaseIn(temporaryDirectory())
  writeFileSync(path, contents)
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal.code).toBe('database_not_ours')
  expect(refusal.message).toBe(`${path} is not an SQLite database`)
  expect(readFileSync(path, 'latin1')).toBe(contents)
})

it("another program's database is refused, and stays as it is", async () => {
  const path = databaseIn(temporaryDirectory())
  const other = connectDatabase(path)
  other.exec('CREATE TABLE bookmarks (id INTEGER PRIMARY KEY)')
  other.exec('PRAGMA application_id = 0x1234')
  other.close()
  const before = readFileSync(path)
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal.code).toBe('database_not_ours')
  expect(refusal.message).toContain('the database of another program (application id 0x1234)')
  expect(refusal.hint).toContain('move the file away')
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('a pipe in its place is refused, and not waited for', async () => {
  const path = databaseIn(temporaryDirectory())
  execFileSync('mkfifo', [path])
  expect(await refusalOf(() => openLog(path))).toMatchObject({ code: 'database_not_ours' })
})

it('a directory in its place is refused', async () => {
  const path = databaseIn(temporaryDirectory())
  mkdirSync(path)
  expect(await refusalOf(() => openLog(path))).toMatchObject({ code: 'database_not_ours' })
})

it('a database that is gone while its -wal is there is not made anew over it', async () => {
  const path = copyOf(crashed)
  rmSync(path)
  const wal = readFileSync(`${path}-wal`)
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal).toMatchObject({ code: 'database_corrupt', hint: expect.stringContaining(`${path}-wal`) as unknown })
  expect(existsSync(path)).toBe(false)
  expect(readFileSync(`${path}-wal`).equals(wal)).toBe(true)
  copyFileSync(crashed, path)
  expect(await openLog(path)).toMatchObject({ lastPosition: eventCount + 50 })
})

const cuts = Array.from({ length: 21 }, (_, index) => index * 5)

it.each(cuts.slice(0, -1))('cut short to %i percent, it is refused and left as it is', async (percent) => {
  const path = copyOf(closed)
  truncateSync(path, Math.floor((statSync(path).size * percent) / 100))
  const before = readFileSync(path)
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal.code).toBe('database_corrupt')
  expect(refusal.message).toContain(percent === 0 ? 'is empty' : 'is cut short')
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('cut at every hundredth byte, it is refused each time and left as it is', () => {
  const whole = readFileSync(closed)
  const path = databaseIn(temporaryDirectory())
  for (let length = 100; length < whole.length; length += 100) {
    const cut = whole.subarray(0, length)
    writeFileSync(path, cut)
    expect(() => openCore(path), `${length} bytes`).toThrow(/is cut short|is not an SQLite database/)
    expect(readFileSync(path).equals(cut), `${length} bytes`).toBe(true)
  }
})

it.each(cuts)('cut short to %i percent after a crash, it is refused or has every event', async (percent) => {
  const path = copyOf(crashed)
  truncateSync(path, Math.floor((statSync(path).size * percent) / 100))
  const before = [readFileSync(path), readFileSync(`${path}-wal`)]
  const opened = await openLog(path).catch((error: unknown) => error)
  if (opened instanceof Error) {
    expect(opened).toMatchObject({ code: 'database_corrupt' })
    expect(Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]).equals(Buffer.concat(before))).toBe(true)
    expect(existsSync(`${path}-wal`)).toBe(true)
  } else {
    expect(percent).toBe(100)
    expect(opened).toMatchObject({ lastPosition: eventCount + 50 })
  }
})

it('a page of zeros in the middle is found where it is read, and not written over', async () => {
  const path = copyOf(closed)
  const bytes = readFileSync(path)
  const schemaPage = 4096
  bytes.fill(0, schemaPage, bytes.length - schemaPage)
  writeFileSync(path, bytes)
  expect(await refusalOf(() => openLog(path))).toMatchObject({ code: 'database_corrupt' })
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

it('a log that ends before its own snapshot has lost events, and is refused', async () => {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  appendTo(storage, 'gateway', 0)
  storage.saveSnapshot({ position: 1, foldVersion: 1, at: 0, state: '{}' })
  storage.close()
  const database = connectDatabase(path)
  database.exec('DROP TRIGGER events_refuse_delete; DELETE FROM events')
  database.close()
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal.code).toBe('database_corrupt')
  expect(refusal.message).toContain('ends at event 0, but holds a snapshot of event 1')
})

it('events without the key of their fingerprints are refused, no second key is drawn', async () => {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  appendTo(storage, 'gateway', 0)
  storage.close()
  const database = connectDatabase(path)
  database.exec('DROP TRIGGER installation_refuse_delete; DELETE FROM installation')
  database.close()
  expect((await refusalOf(() => openLog(path))).message).toContain('has lost the key')
})

it('an event that a hand has spoilt is named', async () => {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  appendTo(storage, 'gateway', 0)
  storage.close()
  const database = connectDatabase(path)
  database.exec(`DROP TRIGGER events_refuse_update; UPDATE events SET actor = '{"kind":"nobody"}'`)
  database.close()
  const refusal = await refusalOf(() => openLog(path))
  expect(refusal).toMatchObject({ code: 'database_corrupt', message: 'event 1 (CredentialEnabled) cannot be read' })
})

it('a leftover of an interrupted creation does no harm', async () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'traseai.db.0123456789ab.new'), '')
  expect(await openLog(databaseIn(directory))).toMatchObject({ lastPosition: 0 })
})
