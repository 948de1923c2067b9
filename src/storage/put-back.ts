// Puts a copy in the place of the database, which is set aside whole: at every moment there is one of the two, and nothing is lost.
import { constants, copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { checkFile } from './check-file.ts'
import { connectDatabase } from './connect-database.ts'
import { copiesDirectory, copyName, removeUnfinishedCopies } from './database-copies.ts'
import { inspectDatabase } from './inspect-database.ts'
import { lastProgram } from './last-program.ts'
import { newestSchema, type Migration } from './migrate.ts'
import { checkDatabase } from './open-database.ts'
import { storageError } from './storage-errors.ts'
import { vacuumInto } from './vacuum-into.ts'
import { lossOf, type Loss } from './way-back.ts'
import { makePrivateDirectory, writeWholeFile } from './whole-file.ts'

/** How long a person's sqlite3 that reads the database is waited for. */
const readerMsMax = 1_000

export interface PutBackOptions {
  readonly databasePath: string
  readonly copyPath: string
  readonly migrations: readonly Migration[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface PutBack {
  /** Where the database that was in use lies now; null when there was none. */
  readonly setAside: string | null
  /** What it has and the copy has not; null where that cannot be told. */
  readonly loss: Loss | null
}

/**
 * For whoever holds the lock of the home. First all of the database is in one file, without its -wal, and a copy of that in
 * `backups`; then a rename puts a copy of the copy in its place. The copy stays where it is.
 * @throws TraseError `not_found`, what `checkDatabase` refuses the copy with, `database_corrupt`, `disk_full`,
 *   `home_unwritable`, `storage_failed`; nothing has changed then
 */
export function putBack({ databasePath, copyPath, migrations, now }: PutBackOptions): PutBack {
  checkCopy(copyPath, migrations)
  try {
    const aside = checkFile(databasePath) ? setAside(databasePath, copyPath, now) : null
    writeWholeFile(databasePath, (temporary) => copyFileSync(copyPath, temporary, constants.COPYFILE_FICLONE))
    // Empty, if they are there at all, and of the database that was there before.
    for (const suffix of ['-wal', '-shm']) rmSync(`${databasePath}${suffix}`, { force: true })
    return aside ?? { setAside: null, loss: null }
  } catch (error) {
    throw storageError(error, `cannot put ${copyPath} in the place of ${databasePath}`)
  }
}

/** A copy that is damaged, or that this program cannot open either, is of no help. */
function checkCopy(path: string, migrations: readonly Migration[]): void {
  if (!existsSync(path)) throw new TraseError('not_found', `there is no ${path}`)
  checkDatabase({ databasePath: path, migrations })
  const [problem] = inspectDatabase(path) ?? []
  if (problem !== undefined) throw new TraseError('database_corrupt', problem)
}

/** Moves what is in the -wal into the database, whose schema does not matter for that, and copies it. */
function setAside(databasePath: string, copyPath: string, now: number): PutBack {
  const database = connectDatabase(databasePath, { fileMustExist: true, timeout: readerMsMax })
  try {
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number } // https://sqlite.org/pragma.html#pragma_wal_checkpoint
    if (busy !== 0) {
      throw new TraseError('storage_failed', `another program reads ${databasePath}`, {
        hint: 'close it and try again',
      })
    }
    const path = asidePath(database, now)
    makePrivateDirectory(copiesDirectory(databasePath))
    removeUnfinishedCopies(copiesDirectory(databasePath))
    writeWholeFile(path, (temporary) => vacuumInto(database, temporary))
    return { setAside: path, loss: lossOf(database, copyPath) }
  } finally {
    database.close()
  }
}

function asidePath(database: Database, now: number): string {
  const { number: schema, program } = newestSchema(database) ?? { number: 0, program: 'unknown' }
  const used = lastProgram(database)?.version ?? program
  return join(copiesDirectory(database.name), copyName({ schema, program: used, madeAt: now, setAside: true }))
}
