// Looks up the version of a stream.
import type { Database } from 'better-sqlite3'

/** Prepares the look-up of a stream's last version, 0 for a stream without events. */
export function openStreamVersion(database: Database): (stream: string) => number {
  const select = database.prepare('SELECT coalesce(max(version), 0) FROM events WHERE stream = ?').pluck()
  return (stream) => select.get(stream) as number // an aggregate always gives one row
}
