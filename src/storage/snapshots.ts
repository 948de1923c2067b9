// Keeps the newest states that were folded from the log.
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { openLastPosition } from './last-position.ts'

/** A `Snapshot` as it crosses to the thread: its state is JSON text already. `at` in milliseconds since the epoch. */
export interface EncodedSnapshot {
  readonly position: number
  readonly foldVersion: number
  readonly at: number
  readonly state: string
}

/** Two, so that one is left should the newest prove unreadable. */
const snapshotsKept = 2

/**
 * Prepares the writer; it keeps the newest two.
 * @throws TraseError `internal` for a snapshot of events that are not in the log: the next start would refuse the database
 */
export function openSaveSnapshot(database: Database): (snapshot: EncodedSnapshot) => void {
  const upsert = database.prepare(
    `INSERT INTO snapshots (position, fold_version, at, state) VALUES (@position, @foldVersion, @at, @state)
     ON CONFLICT (position) DO UPDATE SET fold_version = excluded.fold_version, at = excluded.at, state = excluded.state`,
  )
  const prune = database.prepare(
    'DELETE FROM snapshots WHERE position NOT IN (SELECT position FROM snapshots ORDER BY position DESC LIMIT ?)',
  )
  const lastPosition = openLastPosition(database)
  const save = database.transaction((snapshot: EncodedSnapshot) => {
    const last = lastPosition()
    if (snapshot.position > last) {
      throw new TraseError('internal', `a snapshot of event ${snapshot.position}, but the log ends at ${last}`)
    }
    upsert.run(snapshot)
    prune.run(snapshotsKept)
  })
  return (snapshot) => save.immediate(snapshot)
}

/** The newest snapshot of `foldVersion`. */
export function newestSnapshot(database: Database, foldVersion: number): EncodedSnapshot | undefined {
  const select = database.prepare(
    `SELECT position, fold_version AS foldVersion, at, state FROM snapshots
     WHERE fold_version = ? ORDER BY position DESC LIMIT 1`,
  )
  return select.get(foldVersion) as EncodedSnapshot | undefined // a STRICT table holds what its columns say
}

/** The position of the newest snapshot of any fold version, 0 when there is none. */
export function newestSnapshotPosition(database: Database): number {
  return database.prepare('SELECT coalesce(max(position), 0) FROM snapshots').pluck().get() as number // always one row
}
