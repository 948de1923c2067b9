// Copies the database before its schema changes, so that there is a way back: whole and on disk before anything is changed.
import { dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { connectDatabase } from './connect-database.ts'
import {
  copiesDirectory,
  copyName,
  type DatabaseCopy,
  listCopies,
  removeOldCopies,
  removeUnfinishedCopies,
} from './database-copies.ts'
import { installationOf } from './installation-key.ts'
import { openLastPosition } from './last-position.ts'
import { lastProgram } from './last-program.ts'
import { storageError } from './storage-errors.ts'
import { vacuumInto } from './vacuum-into.ts'
import { makePrivateDirectory, writeWholeFile } from './whole-file.ts'

export interface CopyRequest {
  /** The number of the newest migration that the database has. */
  readonly schema: number
  /** The version of the program that applied it: for a database that no gateway ever served from. */
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Copies the database behind `database`, which holds the write lock or is alone, into `backups` beside it, and gives the
 * path. The copy is made under another name and renamed when it is on disk, so a file with the right name is always
 * whole; after a kill in the middle, or an upgrade that failed, a copy of the very same state is used again. The copies
 * before it are kept up to their limit.
 * @throws TraseError `disk_full`, `home_unwritable`, `database_corrupt` (the copy reads every page), `storage_failed`
 */
export function copyBeforeUpgrade(database: Database, { schema, program, now }: CopyRequest): string {
  const directory = copiesDirectory(database.name)
  const used = lastProgram(database)?.version ?? program
  const path = join(directory, copyName({ schema, program: used, madeAt: now, setAside: false }))
  try {
    makePrivateDirectory(directory)
    removeUnfinishedCopies(directory)
    const again = listCopies(directory).findLast((copy) => isCopyOf(copy, schema, database))
    if (again) return again.path
    // A second connection, because VACUUM INTO takes no part in a transaction; beside a write lock it reads what was committed.
    writeWholeFile(path, (temporary) => reading(database.name, (source) => vacuumInto(source, temporary)))
    removeOldCopies(directory, now, [path])
    return path
  } catch (error) {
    throw notCopied(storageError(error, `cannot copy ${database.name} to ${path} before its upgrade`), database)
  }
}

/** Every start appends an event, so a database in which something happened since ends later. */
function isCopyOf(copy: DatabaseCopy, schema: number, database: Database): boolean {
  if (copy.schema !== schema || copy.setAside) return false
  try {
    return reading(copy.path, (other) => {
      const same = openLastPosition(other)() === openLastPosition(database)()
      return same && installationOf(other) === installationOf(database)
    })
  } catch (error) {
    if (storageError(error, 'cannot read a copy').code === 'database_corrupt') return false
    throw error
  }
}

/** Reads a database through a connection of its own, which can write nothing. */
function reading<T>(path: string, read: (database: Database) => T): T {
  const database = connectDatabase(path, { readonly: true, fileMustExist: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

function notCopied(error: TraseError, database: Database): TraseError {
  if (error.code !== 'disk_full') return error
  const pages = database.prepare('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size').pluck()
  const mebibytes = Math.ceil((pages.get() as number) / 1_048_576) // one row, whole numbers
  return new TraseError('disk_full', `${error.message}; it stays as it was`, {
    cause: error,
    hint: `free ${mebibytes} MiB on the disk of ${dirname(database.name)} and start again`,
  })
}
