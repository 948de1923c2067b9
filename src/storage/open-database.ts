// Opens the database file: looks before it touches, creates when there is none, migrates when it is older.
import type { Database as Connection } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { checkFile } from './check-file.ts'
import { connectDatabase } from './connect-database.ts'
import { createDatabase } from './create-database.ts'
import { checkMigrations, isMigrated, migrate, type Migration, type Upgrade } from './migrate.ts'
import { openLastPosition } from './last-position.ts'
import { newestSnapshotPosition } from './snapshots.ts'
import { storageError } from './storage-errors.ts'

export interface DatabaseOptions {
  readonly databasePath: string
  readonly migrations: readonly Migration[]
  /** Milliseconds since the epoch. */
  readonly openedAt: number
}

/** How long a lock of another program is waited for; only a start at the same moment or a person's sqlite3 holds one. */
export const busyTimeoutMs = 5_000

export interface OpenedDatabase {
  readonly database: Connection
  /** Null when its schema is the one that it had. */
  readonly upgrade: Upgrade | null
}

/**
 * An open, migrated database. What is refused stays as it was.
 * @throws TraseError `database_not_ours`, `database_corrupt`, `database_newer`, `home_unwritable`, `disk_full`, `storage_failed`
 */
export function openDatabase({ databasePath, migrations, openedAt }: DatabaseOptions): OpenedDatabase {
  if (!checkFile(databasePath)) createDatabase(databasePath)
  try {
    withConnection(databasePath, { readonly: true }, (database) => inspect(database, migrations))
    let upgrade: Upgrade | null = null
    const database = withConnection(databasePath, { keepOpen: true }, (opened) => {
      upgrade = prepare(opened, migrations, openedAt)
    })
    return { database, upgrade }
  } catch (error) {
    throw storageError(error, `cannot open ${databasePath}`)
  }
}

/**
 * Looks whether this program could open the database; a missing one it could. Changes nothing.
 * @throws TraseError what `openDatabase` would refuse it with
 */
export function checkDatabase({ databasePath, migrations }: Omit<DatabaseOptions, 'openedAt'>): void {
  try {
    if (checkFile(databasePath))
      withConnection(databasePath, { readonly: true }, (database) => inspect(database, migrations))
  } catch (error) {
    throw storageError(error, `cannot open ${databasePath}`)
  }
}

interface ConnectionUse {
  readonly readonly?: boolean
  /** Closed only when `use` throws. */
  readonly keepOpen?: boolean
}

function withConnection(path: string, how: ConnectionUse, use: (database: Connection) => void): Connection {
  const database = connectDatabase(path, {
    fileMustExist: true,
    readonly: how.readonly ?? false,
    timeout: busyTimeoutMs,
  })
  let done = false
  try {
    use(database)
    done = true
  } finally {
    if (!done || !how.keepOpen) database.close()
  }
  return database
}

/** Reads through a connection that cannot write, because closing one that can would move the -wal into a damaged file. */
function inspect(database: Connection, migrations: readonly Migration[]): void {
  database.exec('PRAGMA cell_size_check = ON')
  checkMigrations(database, migrations)
  if (!isMigrated(database, migrations)) return // new or older: has not got all the tables yet
  const last = openLastPosition(database)()
  const snapshot = newestSnapshotPosition(database)
  if (snapshot > last) {
    const message = `${database.name} ends at event ${last}, but holds a snapshot of event ${snapshot}: events are missing`
    throw new TraseError('database_corrupt', message)
  }
}

function prepare(database: Connection, migrations: readonly Migration[], openedAt: number): Upgrade | null {
  for (const setting of settings) database.exec(`PRAGMA ${setting}`)
  return isMigrated(database, migrations) ? null : migrate(database, migrations, openedAt)
}

const settings = [
  'journal_mode = WAL',
  'synchronous = FULL', // an acknowledged event survives a power cut: every commit is synced
  'locking_mode = NORMAL', // a person may look into the file while the gateway runs
  'foreign_keys = ON',
  'secure_delete = ON', // a destroyed secret leaves no bytes behind
  'trusted_schema = OFF', // a tampered schema cannot call functions with side effects
  'cell_size_check = ON', // finds damage at the page where it is
  'temp_store = MEMORY', // no files beside the database's own
  'cache_size = -4096', // KiB; the working set is the right edge of four small trees
  'wal_autocheckpoint = 1000', // pages, 4 MB: what a start after a crash has to read
  'journal_size_limit = 8388608', // bytes: a burst does not keep its disk space for ever
] as const
