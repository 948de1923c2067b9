// Reads what an event log says without taking part in it: for a program that asks while no gateway runs.
import { checkFile } from './check-file.ts'
import { connectDatabase } from './connect-database.ts'
import type { EventRow } from './event-row.ts'
import { newestSnapshot } from './snapshots.ts'
import { storageError } from './storage-errors.ts'
import type { LookOptions } from './thread-messages.ts'

/** Events are rows: what checks them would be loaded with every storage thread, and takes 6 MB there. */
export interface LogLook {
  /** The newest snapshot of this fold: its state as JSON, not parsed; null when there is none. */
  readonly snapshot: { readonly position: number; readonly state: string } | null
  /** Those after it, or all, in order; at most `eventsMax`. */
  readonly events: readonly EventRow[]
  /** False when there were more of them. */
  readonly isWhole: boolean
  /** The newest start or stop of a gateway. */
  readonly life: EventRow | null
}

const columns = 'position, stream, version, type, schema, at, actor, cause, data'

const busyTimeoutMs = 5_000

/**
 * Null when there is no database. Must not be called in a process that has it open, see check-file.ts.
 * @throws TraseError `database_not_ours`, `database_corrupt`, `home_unwritable`, `storage_failed`
 */
export function lookAtLog(
  databasePath: string,
  { foldVersion, eventsMax }: Pick<LookOptions, 'foldVersion' | 'eventsMax'>,
): LogLook | null {
  if (!checkFile(databasePath)) return null
  try {
    const database = connectDatabase(databasePath, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
      if (!tables.includes('events') || !tables.includes('snapshots')) return null // made, but never migrated
      database.exec('BEGIN') // both questions are about one moment
      const snapshot = newestSnapshot(database, foldVersion)
      const read = (rest: string, ...values: readonly number[]): EventRow[] =>
        database
          .prepare(`SELECT ${columns} FROM events ${rest}`)
          .raw()
          .all(...values) as EventRow[] // of a STRICT table
      const rows = read('WHERE position > ? ORDER BY position LIMIT ?', snapshot?.position ?? 0, eventsMax + 1)
      const life = read("INDEXED BY events_stream WHERE stream = 'gateway' ORDER BY version DESC LIMIT 1")
      return {
        snapshot: snapshot ? { position: snapshot.position, state: snapshot.state } : null,
        events: rows.slice(0, eventsMax),
        isWhole: rows.length <= eventsMax,
        life: life[0] ?? null,
      }
    } finally {
      database.close()
    }
  } catch (error) {
    throw storageError(error, `cannot read ${databasePath}`)
  }
}
