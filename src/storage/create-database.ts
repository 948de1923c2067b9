// Makes a new, empty database and puts it in place whole, so that nobody ever meets half of one.
import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'
import { flushFolderNow } from '../flush-folder.ts'
import { applicationId } from './check-file.ts'
import { connectDatabase } from './connect-database.ts'
import { storageError } from './storage-errors.ts'

/**
 * Creates the database at `path`, mode 0600 (SQLite gives its -wal and -shm the same). When another program creates it at
 * the same moment, the first one's stays. A kill between the two steps leaves a `<path>.<random>.new` that nobody reads.
 * @throws TraseError `home_unwritable`, `disk_full`, `storage_failed`
 */
export function createDatabase(path: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    writeEmptyDatabase(temporary)
    linkUnlessThere(temporary, path)
    flushFolderNow(dirname(path))
  } catch (error) {
    throw storageError(error, `cannot create ${path}`)
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${temporary}${suffix}`, { force: true })
  }
}

function writeEmptyDatabase(path: string): void {
  closeSync(openSync(path, 'wx', 0o600)) // a thread has no umask of its own: the mode must come from here
  const database = connectDatabase(path)
  try {
    database.exec(`PRAGMA application_id = ${applicationId}`)
    database.exec('PRAGMA journal_mode = WAL') // kept in the file: later openers have nothing to switch
  } finally {
    database.close()
  }
}

/** A link, unlike a rename, never replaces what is there. */
function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}
