// Looks a whole database over without writing to it: its pages as SQLite checks them, and the log as we promise it.
import { checkFile } from './check-file.ts'
import { connectDatabase } from './connect-database.ts'
import { openLastPosition } from './last-position.ts'
import { newestSnapshotPosition } from './snapshots.ts'
import { storageError } from './storage-errors.ts'

/** Damage is seldom alone; more lines than these say nothing new. */
const pageProblemsMax = 10
const busyTimeoutMs = 5_000
/** What makes the log append-only; migrations/0001_event_log.sql says how. */
const guards = ['events_refuse_update', 'events_refuse_delete', 'events_refuse_gaps'] as const

/**
 * What is wrong with the database, a sentence each; null when there is none yet. A connection that only reads hinders no
 * gateway that writes at the same time.
 * @param isOpenHere another thread of this process has it open: its bytes are then read by SQLite alone, see check-file.ts
 * @throws TraseError `database_not_ours`, `database_corrupt`, `home_unwritable`, `storage_failed`
 */
export function inspectDatabase(databasePath: string, isOpenHere = false): readonly string[] | null {
  if (!isOpenHere && !checkFile(databasePath)) return null
  try {
    const database = connectDatabase(databasePath, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      database.exec('PRAGMA cell_size_check = ON')
      const ask = <T>(query: string): T[] => database.prepare(query).pluck().all() as T[] // each query below says what it gives
      const pages = ask<string>(`PRAGMA quick_check(${pageProblemsMax})`)
        .flatMap((text) => text.split('\n'))
        .filter((line) => line !== 'ok' && !line.startsWith('***'))
      if (pages.length > 0) {
        const more = pages.length > 1 ? `, and ${pages.length - 1} more findings of SQLite` : ''
        return [`${databasePath} is damaged: ${pages[0]}${more}`]
      }
      const tables = ask<string>("SELECT name FROM sqlite_schema WHERE type IN ('table', 'trigger')")
      if (!tables.includes('events') || !tables.includes('snapshots')) return [] // made, but never migrated
      const last = openLastPosition(database)()
      const [count = 0] = ask<number>('SELECT count(*) FROM events')
      const snapshot = newestSnapshotPosition(database)
      return [
        ...guards.filter((name) => !tables.includes(name)).map((name) => `the guard ${name} of the event log is gone`),
        ...(count === last ? [] : [`the event log has ${count} events, but ends at ${last}: some are missing`]),
        ...(snapshot <= last ? [] : [`there is a snapshot of event ${snapshot}, but the event log ends at ${last}`]),
      ]
    } finally {
      database.close()
    }
  } catch (error) {
    throw storageError(error, `cannot check ${databasePath}`)
  }
}
