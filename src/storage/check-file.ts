// Decides from the bytes of the file alone whether it is a whole TraseAI database, before SQLite may touch it.
//
// Not in a process that has it open: closing any descriptor of a file ends all locks that the process has on it
// (https://sqlite.org/howtocorrupt.html, section 2.2), and the next program that opens and closes the database would take
// itself for the last one and remove the -wal that is still written to.
import { accessSync, closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { TraseError, errnoOf } from '../errors.ts'
import { storageError } from './storage-errors.ts'
import { committedPages } from './wal-file.ts'

/** `TRAI`: what marks a database as ours (https://sqlite.org/fileformat.html#application_id). */
export const applicationId = 0x54524149

const magic = Buffer.from('SQLite format 3\0', 'latin1')
const headerBytes = 100

/**
 * True when there is a database at `path` that may be opened, false when there is no file.
 * It changes nothing: a file it refuses stays as it is, byte for byte, with its -wal beside it.
 * @throws TraseError `database_not_ours`, `database_corrupt`, `home_unwritable`
 */
export function checkFile(path: string): boolean {
  const file = openExisting(path)
  if (file === undefined) return hasLeftItsWal(path) ? checkFile(path) : false
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new TraseError('database_not_ours', `${path} is not a regular file`)
    // Ours are put in place whole (create-database.ts), so an empty one was emptied; SQLite would drop its -wal as well.
    if (stat.size === 0) throw new TraseError('database_corrupt', `${path} is empty: it has lost its contents`)
    checkHeader(path, file, stat.size)
  } finally {
    closeSync(file)
  }
  return true
}

/**
 * A new database would take the place of events that are nowhere but in the -wal of the one that is gone.
 * @returns true when another program has made the database in this very moment
 * @throws TraseError `database_corrupt`
 */
function hasLeftItsWal(path: string): boolean {
  const wal = `${path}-wal`
  const { size } = statSync(wal, { throwIfNoEntry: false }) ?? { size: 0 }
  if (size === 0) return false
  if (existsSync(path)) return true
  throw new TraseError('database_corrupt', `${path} is gone, but ${wal}, which belongs to it, is there`, {
    hint: `put the file back where it was; to begin a new history, move ${wal} away`,
  })
}

function openExisting(path: string): number | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) // a pipe would wait for its writer, for ever
    accessSync(path, constants.R_OK | constants.W_OK) // SQLite would silently open it read-only
    return file
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw storageError(error, `cannot open ${path}`)
  }
}

/** The 100 bytes that open every SQLite file: https://sqlite.org/fileformat.html#the_database_header */
function checkHeader(path: string, file: number, size: number): void {
  const header = Buffer.alloc(headerBytes)
  const read = readSync(file, header, 0, headerBytes, 0)
  const start = Math.min(read, magic.length)
  if (!header.subarray(0, start).equals(magic.subarray(0, start))) {
    throw new TraseError('database_not_ours', `${path} is not an SQLite database`)
  }
  if (read < headerBytes) throw cutShort(path, `only ${size} bytes are left`)
  const id = header.readUInt32BE(68)
  if (id !== applicationId) {
    const owner = id === 0 ? 'no application id' : `application id 0x${id.toString(16)}`
    throw new TraseError('database_not_ours', `${path} is the database of another program (${owner})`)
  }
  checkLength(path, header, size)
}

/**
 * Every page must be in the file, or else in the write-ahead log: SQLite reads a missing page as zeros and would notice
 * only when it comes by.
 */
function checkLength(path: string, header: Buffer, size: number): void {
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  const wal = committedPages(`${path}-wal`, pageBytes)
  if (wal === undefined) {
    // The count in the header is only kept up when these two are equal; older SQLite versions leave it behind.
    const countIsValid = header.readUInt32BE(24) === header.readUInt32BE(92)
    const pages = countIsValid ? header.readUInt32BE(28) : Math.ceil(size / pageBytes)
    if (size < pages * pageBytes) throw cutShort(path, `${size} bytes of ${pages * pageBytes} are left`)
    return
  }
  const wholePages = Math.floor(size / pageBytes)
  for (let page = wholePages + 1; page <= wal.databasePages; page += 1) {
    if (!wal.pages.has(page)) throw cutShort(path, `${size} bytes of ${wal.databasePages * pageBytes} are left`)
  }
}

function cutShort(path: string, what: string): TraseError {
  return new TraseError('database_corrupt', `${path} is cut short: ${what}`)
}
