// Back from a newer database: the refusal says what there is to go back to and what is lost; putting it back loses nothing.
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { copiesDirectory, listCopies } from '../../src/storage/database-copies.ts'
import { readMigrations } from '../../src/storage/migrate.ts'
import { putBack, type PutBack } from '../../src/storage/put-back.ts'
import { version } from '../../src/version.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { laterMigrations, schemaToday } from './other-migrations.ts'
import { about, aKey, append, aSecret, openWithKey } from './secret-bytes.ts'
import {
  anEvent,
  appendTo,
  databaseIn,
  migrationsDir,
  openCore,
  openLog,
  refusalOf,
  someTime,
  temporaryDirectory,
} from './temporary-log.ts'

const hourMs = 3_600_000
const started = (program: string) => anEvent({ type: 'GatewayStarted', data: { version: program, reason: 'run' } })

/** A home that an older program (this one) used, and a newer one took over and went on with. */
function takenOver(): string {
  const storage = openWithKey()
  appendTo(storage, 'gateway', 0, started(version))
  const secret = aSecret('kept')
  append(storage, secret, about(secret, 'CredentialAdded'), secret)
  storage.close()
  const newer = openCore(storage.path, { migrationsDir: laterMigrations(), openedAt: someTime + hourMs })
  appendTo(newer, 'gateway', 1, started('7.0.0'))
  const added = aSecret('added')
  append(newer, added, about(added, 'CredentialAdded'), added)
  newer.close()
  return storage.path
}

function copyOf(path: string): string {
  return listCopies(copiesDirectory(path))[0]!.path
}

function back(path: string, copyPath = copyOf(path)): PutBack {
  return putBack({
    databasePath: path,
    copyPath,
    migrations: readMigrations(migrationsDir),
    now: someTime + 2 * hourMs,
  })
}

describe('an older program on a newer database', () => {
  it('names the programs, the copy, what is lost without it, and what to type', async () => {
    const path = takenOver()
    const before = readFileSync(path)
    const refusal = await refusalOf(() => openLog(path))
    expect(refusal.code).toBe('database_newer')
    expect(refusal.message).toContain(`has schema ${schemaToday + 1}, written by TraseAI`)
    expect(refusal.message).toContain('on 2026-01-02, last used by 7.0.0 on 2026-01-02')
    expect(refusal.hint).toBe(
      `install that version again: npm install --global traseai@7.0.0; or go back to ${copyOf(path)}, the copy that was ` +
        'made on 2026-01-02 before the upgrade, without 2 events and 1 stored secret since: traseai gateway rollback',
    )
    expect(refusal.data).toEqual({
      schema: schemaToday + 1,
      schemaMax: schemaToday,
      version: '7.0.0',
      copy: { path: copyOf(path), schema: schemaToday, madeAt: '2026-01-02T04:04:05.000Z' },
      loss: { events: 2, secrets: 1, otherMasterKey: false },
    })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('says when the master key was changed since', async () => {
    const path = takenOver()
    const newer = openCore(path, { migrationsDir: laterMigrations() })
    const rewrapped = newer.readSecrets().map((secret) => ({ ...secret, keyId: '00000000000000bb' }))
    expect(newer.saveVaultKey({ key: aKey('00000000000000bb'), rewrapped })).toBe(true)
    newer.close()
    const { hint } = await refusalOf(() => openLog(path))
    expect(hint).toContain('1 stored secret since (its secrets need the master key from before the last rekey)')
  })

  it('says when there is no copy', async () => {
    const path = databaseIn(temporaryDirectory())
    openCore(path, { migrationsDir: laterMigrations() }).close()
    const { hint, data } = await refusalOf(() => openLog(path))
    expect(hint).toContain(`install that version again: npm install --global traseai@${version}; there is no copy in`)
    expect(data).toMatchObject({ copy: null, loss: null })
  })

  it('offers no copy that it could not open either', async () => {
    const path = takenOver()
    cpSync(copyOf(path), join(copiesDirectory(path), `traseai-schema${schemaToday + 1}-6.0.0-20260103T000000Z.db`))
    expect((await refusalOf(() => openLog(path))).hint).toContain(copyOf(path))
  })

  it('offers the copy that the database began as before one of another history', async () => {
    const path = takenOver()
    const other = takenOver()
    cpSync(copyOf(other), join(copiesDirectory(path), `traseai-schema${schemaToday}-6.0.0-20260103T000000Z.db`))
    const { hint } = await refusalOf(() => openLog(path))
    expect(hint).toContain(copyOf(path))
    expect(hint).toContain('without 2 events')
  })

  it('says so even when the tables of the newer one are quite others', async () => {
    const path = takenOver()
    const changed = connectDatabase(path)
    changed.exec('ALTER TABLE secrets RENAME COLUMN fingerprint TO digest')
    changed.close()
    expect((await refusalOf(() => openLog(path))).hint).toContain('without what happened since')
  })
})

describe('putting a copy back', () => {
  it('gives the state from before the upgrade, and sets the newer database aside whole', () => {
    const path = takenOver()
    const { setAside, loss } = back(path)
    expect(loss).toEqual({ events: 2, secrets: 1, otherMasterKey: false })
    expect(basename(setAside!)).toBe(`traseai-schema${schemaToday + 1}-7.0.0-20260102T050405Z.set-aside.db`)
    const storage = openCore(path)
    expect(storage.opening).toMatchObject({ lastPosition: 2, upgrade: null })
    expect(storage.readSecrets().map(({ profileId }) => profileId)).toEqual(['acme:kept'])
    appendTo(storage, 'gateway', 1, started(version))
    const newer = openCore(setAside!, { migrationsDir: laterMigrations() })
    expect(newer.opening.lastPosition).toBe(4)
    expect(newer.readSecrets()).toHaveLength(2)
    for (const file of [path, setAside!]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('takes along what lay in the -wal of the newer one', () => {
    const path = takenOver()
    const running = openCore(path, { migrationsDir: laterMigrations() })
    appendTo(running, 'gateway', 2)
    const killed = databaseIn(temporaryDirectory())
    for (const suffix of ['', '-wal']) cpSync(`${path}${suffix}`, `${killed}${suffix}`) // as after kill -9
    const { setAside } = back(killed, copyOf(path))
    expect(existsSync(`${killed}-wal`)).toBe(false)
    expect(openCore(killed).opening.lastPosition).toBe(2)
    expect(openCore(setAside!, { migrationsDir: laterMigrations() }).opening.lastPosition).toBe(5)
  })

  it('can be taken back: what was set aside is a copy like any other', () => {
    const path = takenOver()
    const { setAside } = back(path)
    const migrations = readMigrations(laterMigrations())
    putBack({ databasePath: path, copyPath: setAside!, migrations, now: someTime + 3 * hourMs })
    expect(openCore(path, { migrationsDir: laterMigrations() }).opening.lastPosition).toBe(4)
  })

  it('keeps what was set aside when copies are cleared away', () => {
    const path = takenOver()
    const { setAside } = back(path)
    for (const upgrades of [1, 2, 3, 4]) {
      openCore(path, { migrationsDir: laterMigrations(upgrades), openedAt: someTime + upgrades * 864e5 }).close()
    }
    expect(existsSync(setAside!)).toBe(true)
    expect(listCopies(copiesDirectory(path))).toHaveLength(4)
  })

  it('refuses a copy that is damaged, too new, no database, or not there, and changes nothing', async () => {
    const path = takenOver()
    const before = readFileSync(path)
    const strange = join(temporaryDirectory(), 'strange.db')
    writeFileSync(strange, 'not a database at all')
    const short = join(temporaryDirectory(), 'short.db')
    writeFileSync(short, readFileSync(copyOf(path)).subarray(0, 20_000))
    const refusals = { [path]: 'database_newer', [strange]: 'database_not_ours', [short]: 'database_corrupt' }
    for (const [copy, code] of Object.entries({ ...refusals, '/nonexistent.db': 'not_found' })) {
      expect((await refusalOf(() => back(path, copy))).code).toBe(code)
    }
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(copiesDirectory(path))).toHaveLength(1)
  })

  it('refuses while another program reads the database', async () => {
    const path = takenOver()
    const writer = connectDatabase(path)
    writer.exec('PRAGMA user_version = 0')
    writer.exec("INSERT INTO usage VALUES ('acme:kept', 1, 1)")
    const reader = connectDatabase(path)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM usage').get()
    writer.exec("INSERT INTO usage VALUES ('acme:more', 1, 1)")
    const refusal = await refusalOf(() => back(path))
    expect(refusal).toMatchObject({ code: 'storage_failed', message: `another program reads ${path}` })
    reader.close()
    writer.close()
  })

  itOnSmallDisk('without room for both changes nothing', async () => {
    const directory = temporaryDirectory()
    mountSmallDisk(directory, '600k')
    const path = databaseIn(directory)
    const [from, copy] = [takenOver(), join(temporaryDirectory(), 'copy.db')]
    cpSync(from, path)
    cpSync(copyOf(from), copy)
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(600 * 1_024 - statSync(path).size - 90_000))
    const before = readFileSync(path)
    expect((await refusalOf(() => back(path, copy))).code).toBe('disk_full')
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([])
  })
})
