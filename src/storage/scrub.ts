// Takes destroyed secrets out of the bytes of the files: the -wal keeps the pages as they were before.
import { statSync } from 'node:fs'
import Sqlite, { type Database } from 'better-sqlite3'

export interface Scrub {
  /** To be called after each commit and before its reply: empties the -wal if something was destroyed. */
  afterCommit(): void
}

/** How long a person's sqlite3 that reads the old pages is waited for; after that each commit tries again and waits no more. */
const readerMsMax = 100

/**
 * Notes with a trigger of this connection that bytes were overwritten, so that it is exact whichever statement did it. In
 * the database file they are overwritten where they are (migrations/0005_secrets.sql); the -wal, which is only ever added
 * to, is moved into the file and cut to nothing. What an earlier run left in the -wal is not known to be clean: the first
 * commit empties it.
 */
export function openScrub(database: Database, busyTimeoutMs: number): Scrub {
  database.exec(notesOfDestruction)
  const takeNotes = database.prepare('DELETE FROM temp.destroyed')
  const hasNotes = database.prepare('SELECT EXISTS (SELECT 1 FROM temp.destroyed)').pluck()
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  let isDue = hasHadSecrets(database) && hasWal(database.name)
  let isOverdue = false

  return {
    afterCommit() {
      if (hasNotes.get() === 1) {
        takeNotes.run()
        isDue = true
      }
      if (!isDue) return
      database.exec(`PRAGMA busy_timeout = ${isOverdue ? 0 : readerMsMax}`)
      try {
        const { busy } = checkpoint.get() as { busy: number } // https://sqlite.org/pragma.html#pragma_wal_checkpoint
        isDue = busy !== 0
        isOverdue = isDue
      } catch (error) {
        // The commit stands, whatever its -wal could not be moved for; a full disk, for one.
        if (!(error instanceof Sqlite.SqliteError)) throw error
      } finally {
        database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
      }
    },
  }
}

const notesOfDestruction = `
  CREATE TEMP TABLE destroyed (id INTEGER PRIMARY KEY);
  CREATE TEMP TRIGGER note_destroyed AFTER UPDATE ON main.secret_places
  WHEN OLD.wrapped_key <> zeroblob(length(OLD.wrapped_key))
  BEGIN
    INSERT INTO destroyed VALUES (NULL);
  END;`

function hasHadSecrets(database: Database): boolean {
  return database.prepare('SELECT EXISTS (SELECT 1 FROM vault_key)').pluck().get() === 1
}

function hasWal(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}
