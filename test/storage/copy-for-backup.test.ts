// The copy of a database for a backup: of one moment, private, and without what was destroyed.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { copyDatabase, openBackupCopy, problemsOfCopy } from '../../src/storage/copy-for-backup.ts'
import { readMigrations } from '../../src/storage/migrate.ts'
import { about, append, aSecret, leftovers, openWithKey, plain } from './secret-bytes.ts'
import { databaseIn, migrationsDir, refusalOf, temporaryDirectory } from './temporary-log.ts'

it('holds the events and secrets of its moment, in one private file that nothing is wrong with', () => {
  const storage = openWithKey()
  const secret = aSecret('default')
  append(storage, secret, about(secret, 'CredentialAdded'), secret)
  const path = join(temporaryDirectory(), 'copy.db')
  copyDatabase(storage.path, path)
  append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(problemsOfCopy(path)).toEqual([])
  const copy = openBackupCopy(path)
  expect(copy).toMatchObject({
    schema: readMigrations(migrationsDir).length,
    position: 1,
    vaultKey: { keeper: 'key-file' },
  })
  expect(copy.eventsAfter(0).map(({ type }) => type)).toEqual(['CredentialAdded'])
  expect(copy.secrets().map(plain)).toEqual([plain(secret)])
  copy.close()
})

it('has no byte of a secret that was destroyed before', () => {
  const storage = openWithKey()
  const destroyed = Array.from({ length: 30 }, (_, number) => aSecret(`c${number}`, 100 + number * 90))
  for (const secret of destroyed) append(storage, secret, about(secret, 'CredentialAdded'), secret)
  for (const secret of destroyed) append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
  const path = join(temporaryDirectory(), 'copy.db')
  copyDatabase(storage.path, path)
  expect(leftovers(path, destroyed)).toEqual([])
})

it('may lie at any path', () => {
  const storage = openWithKey()
  const folder = join(temporaryDirectory(), "it's; DROP TABLE events --")
  mkdirSync(folder)
  copyDatabase(storage.path, join(folder, 'copy.db'))
  expect(problemsOfCopy(join(folder, 'copy.db'))).toEqual([])
})

it('never takes the place of a file', async () => {
  const storage = openWithKey()
  const path = databaseIn(temporaryDirectory())
  copyDatabase(storage.path, path)
  const before = readFileSync(path)
  expect(await refusalOf(() => copyDatabase(storage.path, path))).toMatchObject({ code: 'storage_failed' })
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('is found damaged when an index says something else than its table', () => {
  const storage = openWithKey()
  const secret = aSecret('default')
  append(storage, secret, about(secret, 'CredentialAdded'), secret)
  const path = join(temporaryDirectory(), 'copy.db')
  copyDatabase(storage.path, path)
  const database = connectDatabase(path)
  database.unsafeMode()
  database.exec('PRAGMA writable_schema = ON')
  database.exec("UPDATE sqlite_schema SET sql = replace(sql, '(type)', '(actor)') WHERE name = 'events_type'")
  database.close()
  expect(problemsOfCopy(path)).toEqual(['row 1 missing from index events_type'])
})
