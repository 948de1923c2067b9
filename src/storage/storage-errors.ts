// Gives every failure of SQLite and of the file system a name of the catalogue.
import Database from 'better-sqlite3'
import { TraseError, errnoOf, messageOf, type ErrorName } from '../errors.ts'

interface Meaning {
  readonly name: ErrorName
  /** Replaces the catalogue's hint. */
  readonly hint?: string
}

const lockedHint = 'another program has the database open and locked: close it and try again'

/**
 * By SQLite's result code; an extended code that is not listed counts as its primary one (https://sqlite.org/rescode.html).
 * `SQLITE_IOERR_SHMSIZE` is a `-shm` file that could not grow, which in practice is a full disk.
 */
const sqliteMeanings: Readonly<Record<string, Meaning>> = {
  SQLITE_FULL: { name: 'disk_full' },
  SQLITE_IOERR_SHMSIZE: { name: 'disk_full' },
  SQLITE_CORRUPT: { name: 'database_corrupt' },
  SQLITE_NOTADB: { name: 'database_corrupt' },
  SQLITE_READONLY: { name: 'home_unwritable' },
  SQLITE_CANTOPEN: { name: 'home_unwritable' },
  SQLITE_PERM: { name: 'home_unwritable' },
  SQLITE_BUSY: { name: 'storage_failed', hint: lockedHint },
  SQLITE_LOCKED: { name: 'storage_failed', hint: lockedHint },
}

const errnoMeanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: { name: 'disk_full' },
  EDQUOT: { name: 'disk_full' },
  EACCES: { name: 'home_unwritable' },
  EPERM: { name: 'home_unwritable' },
  EROFS: { name: 'home_unwritable' },
  ENOENT: { name: 'home_unwritable' },
  ENOTDIR: { name: 'home_unwritable' },
}

/** `doing` says what was tried, with the path: `cannot open /home/x/.traseai/traseai.db`. A TraseError stays as it is. */
export function storageError(thrown: unknown, doing: string): TraseError {
  if (thrown instanceof TraseError) return thrown
  const { name, hint } = meaningOf(thrown)
  return new TraseError(name, `${doing}: ${messageOf(thrown)}`, { cause: thrown, hint })
}

/** True when a statement failed for its own values, and others in the same transaction may well succeed. */
export function isFaultOfItsValues(thrown: unknown): boolean {
  if (!(thrown instanceof Database.SqliteError)) return thrown instanceof TypeError || thrown instanceof RangeError
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(thrown.code)
}

function meaningOf(thrown: unknown): Meaning {
  const code = errnoOf(thrown) ?? ''
  if (!(thrown instanceof Database.SqliteError)) return errnoMeanings[code] ?? { name: 'storage_failed' }
  const primary = code.split('_', 2).join('_')
  return sqliteMeanings[code] ?? sqliteMeanings[primary] ?? { name: 'storage_failed' }
}
