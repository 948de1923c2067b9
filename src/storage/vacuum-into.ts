// Copies a database into an empty file, as SQLite does it: one moment of it, page by page, without what was deleted.
import type { Database } from 'better-sqlite3'

/**
 * The file is complete, but not on disk: https://sqlite.org/lang_vacuum.html. It needs no -wal beside it, whoever opens it.
 * @throws SqliteError `SQLITE_FULL`, `SQLITE_CORRUPT` (every page is read); in a transaction of `database` itself
 */
export function vacuumInto(database: Database, path: string): void {
  database.prepare('VACUUM INTO ?').run(path)
}
