// Gives every failure of SQLite and of the file system a name of the catalogue.
import Database from 'better-sqlite3'
import { TraseError, errnoOf, messageOf, type ErrorName } from '../errors.ts'
import { diskRefusal } from './disk-refusal.ts'

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

/**
 * `doing` says what was tried, with the path: `cannot open /home/x/.traseai/traseai.db`. A TraseError stays as it is.
 * @param path of an open database: what SQLite is vague about the disk is asked itself
 */
export function storageError(thrown: unknown, doing: string, path?: string): TraseError {
  if (thrown instanceof TraseError) return thrown
  const refused = path !== undefined && isVague(thrown) ? diskRefusal(path) : null
  if (refused !== null) {
    const name = errnoMeanings[refused.errno]?.name ?? 'storage_failed'
    return new TraseError(name, `${doing}: ${refused.words}`, { cause: thrown, hint: refusalHints[refused.errno] })
  }
  const { name, hint } = meaningOf(thrown)
  return new TraseError(name, `${doing}: ${messageOf(thrown)}`, { cause: thrown, hint })
}

/** Pages that cannot be read or written look damaged while the disk is in trouble, and a log that cannot be made is "unable to open". */
function isVague(thrown: unknown): boolean {
  return (
    thrown instanceof Database.SqliteError && /^SQLITE_(IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|PERM)/.test(thrown.code)
  )
}

/** The catalogue's hints are for starts, on which everything depends. */
const refusalHints: Readonly<Record<string, string>> = {
  EROFS: 'nothing is lost: it goes on by itself when the file system is writable again',
  EIO: 'see the log of the system (dmesg): it goes on by itself when the disk answers again',
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
