// Looks up where the log ends.
import type { Database } from 'better-sqlite3'

/** Prepares the look-up of the newest event's position, 0 in an empty log. */
export function openLastPosition(database: Database): () => number {
  const select = database.prepare('SELECT coalesce(max(position), 0) FROM events').pluck()
  return () => select.get() as number // an aggregate always gives one row
}
