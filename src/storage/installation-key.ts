// Draws the key of the installation once, and reads it ever after.
import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { openLastPosition } from './last-position.ts'

const keyBytes = 32

/**
 * The 32 bytes of this installation; of two programs that draw at the same moment, the first one's count.
 * @throws TraseError `database_corrupt` when there is no key but there are events, whose fingerprints it made
 */
export function installationKey(database: Database, createdAt: number): Uint8Array {
  const stored = readKey(database)
  if (stored) return stored
  if (openLastPosition(database)() > 0) {
    throw new TraseError('database_corrupt', `${database.name} has events, but has lost the key of their fingerprints`)
  }
  const insert = database.prepare(
    'INSERT INTO installation (id, key, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING',
  )
  insert.run(randomBytes(keyBytes), createdAt)
  return readKey(database) as Uint8Array // the row of the line above, or of the program that was faster
}

function readKey(database: Database): Uint8Array | undefined {
  return database.prepare('SELECT key FROM installation').pluck().get() as Uint8Array | undefined // a BLOB column
}

/** Which installation a database is of: its key in hex, null in one from before there were any. Two copies of one database have the same. */
export function installationOf(database: Database): string | null {
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'installation'").pluck()
  if (tables.get() === 0) return null
  return database.prepare('SELECT hex(max(key)) FROM installation').pluck().get() as string | null // of no row it is null
}
