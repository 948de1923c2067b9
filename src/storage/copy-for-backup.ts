// A copy of a database for a backup: made while the log goes on, looked over, and opened for whoever takes it further.
import { closeSync, openSync } from 'node:fs'
import type { StoredEvent } from '../domain/events.ts'
import type { SealedSecret, VaultKey } from '../domain/sealed-secret.ts'
import { connectDatabase } from './connect-database.ts'
import type { Snapshot } from './event-log.ts'
import { eventOfRow } from './event-row.ts'
import { inspectDatabase } from './inspect-database.ts'
import { openLastPosition } from './last-position.ts'
import { busyTimeoutMs } from './open-database.ts'
import { openReadEvents } from './read-events.ts'
import { openReadSecrets, openReadVaultKey } from './secrets.ts'
import { newestSnapshot } from './snapshots.ts'
import { storageError } from './storage-errors.ts'
import { vacuumInto } from './vacuum-into.ts'

const problemsMax = 10

/**
 * Writes what was committed at one moment of this call into a new file at `to`, mode 0600. It reads through a connection of
 * its own, page by page, so the log is written on meanwhile and nothing is held in memory; only the -wal cannot be emptied
 * until it is done, some half a second for a million events. What was destroyed is not in the copy: it has no free pages.
 * @throws TraseError `disk_full`, `database_corrupt`, `home_unwritable`, `cannot_create`, `storage_failed`
 */
export function copyDatabase(databasePath: string, to: string): void {
  try {
    closeSync(openSync(to, 'wx', 0o600)) // SQLite would take the mode that the umask leaves, which a thread cannot set
    const database = connectDatabase(databasePath, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      database.exec('PRAGMA cell_size_check = ON')
      database.exec('PRAGMA trusted_schema = OFF')
      // The copy need not survive a power cut, and its flush would hold up those of the log.
      database.exec('PRAGMA synchronous = OFF')
      vacuumInto(database, to)
    } finally {
      database.close()
    }
  } catch (error) {
    throw storageError(error, `cannot copy ${databasePath}`)
  }
}

/** What the copy says; each question throws `database_corrupt` or `storage_failed`. */
export interface BackupCopy {
  /** The number of the newest migration. */
  readonly schema: number
  /** Of the newest event; 0 and null in an empty log. Milliseconds since the epoch. */
  readonly position: number
  readonly lastEventAt: number | null
  readonly vaultKey: VaultKey | null
  /** The newest snapshot of this fold, if there is one. */
  snapshot(foldVersion: number): Snapshot | null
  /** The next events after a position, in order, 1,000 at most. */
  eventsAfter(position: number): StoredEvent[]
  secrets(): SealedSecret[]
  /** Names who keeps the key from now on. */
  setKeeper(keeper: Pick<VaultKey, 'keeper' | 'parameters'>): void
  close(): void
}

/** @throws TraseError `database_corrupt`, `storage_failed` */
export function openBackupCopy(path: string): BackupCopy {
  const named = <A, R>(work: (argument: A) => R) => {
    return (argument: A): R => {
      try {
        return work(argument)
      } catch (error) {
        throw storageError(error, `cannot read ${path}`)
      }
    }
  }
  return named((): BackupCopy => {
    const database = connectDatabase(path, { fileMustExist: true, timeout: busyTimeoutMs })
    // Beside a file that is packed as a whole nothing else may be left.
    database.exec('PRAGMA journal_mode = DELETE')
    database.exec('PRAGMA trusted_schema = OFF')
    const newest = database.prepare('SELECT coalesce(max(number), 0) FROM migrations').pluck()
    const lastAt = database.prepare('SELECT at FROM events ORDER BY position DESC LIMIT 1').pluck()
    const read = openReadEvents(database)
    const setKeeper = database.prepare('UPDATE vault_key SET keeper = ?, parameters = ?')
    return {
      schema: newest.get() as number, // an aggregate always gives one row
      position: openLastPosition(database)(),
      lastEventAt: (lastAt.get() as number | undefined) ?? null, // a STRICT table
      vaultKey: openReadVaultKey(database)(),
      snapshot: named((foldVersion: number) => {
        const found = newestSnapshot(database, foldVersion)
        return found ? { ...found, state: JSON.parse(found.state) as unknown } : null
      }),
      eventsAfter: named((position: number) => read({ after: position, limit: 1_000 }).map(eventOfRow)),
      secrets: () => named(openReadSecrets(database))(undefined),
      setKeeper: named(({ keeper, parameters }) => void setKeeper.run(keeper, JSON.stringify(parameters))),
      close: () => database.close(),
    }
  })(undefined)
}

/**
 * Everything that can be said of a database without knowing what should be in it: every page, every index entry, every
 * rule of every table, and the log without gaps and with its guards. Takes some 3 s for a million events.
 * @returns what is wrong, a sentence each
 * @throws TraseError `database_not_ours`, `database_corrupt`, `storage_failed`
 */
export function problemsOfCopy(path: string): readonly string[] {
  const found = inspectDatabase(path) ?? [`${path} is not there`]
  if (found.length > 0) return found
  try {
    const database = connectDatabase(path, { readonly: true, fileMustExist: true })
    try {
      const lines = database.prepare(`PRAGMA integrity_check(${problemsMax})`).pluck().all() as string[] // one text column
      const strays = database.prepare('PRAGMA foreign_key_check').raw().all()
      return [
        ...lines.filter((line) => line !== 'ok'),
        ...(strays.length === 0 ? [] : [`${strays.length} rows refer to others that are not there`]),
      ]
    } finally {
      database.close()
    }
  } catch (error) {
    throw storageError(error, `cannot check ${path}`)
  }
}
