// What the disk itself says to a write: SQLite says no more than "disk I/O error" or, of pages that it could not read, "malformed".
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'

/** A page, which takes room even where the beginning of one is kept with the file's name. */
const bytes = Buffer.alloc(4_096)

export interface DiskRefusal {
  readonly errno: string
  /** A clause without the path. */
  readonly words: string
}

/** Writes a file beside the one at `path`, to the disk, and reads that one's beginning; null when nothing is refused. */
export function diskRefusal(path: string): DiskRefusal | null {
  // A name that the next start removes, should this process be killed now.
  const probe = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    readSync(readerOf(path), Buffer.alloc(100), 0, 100, 0)
    writeToDisk(probe)
    return null
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return { errno, words: words[errno] ?? `the disk says ${errno}` }
  } finally {
    removeProbe(probe)
  }
}

const words: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an input/output error',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'it is gone',
  ENOTCONN: 'its file system is not connected',
  ESTALE: 'its file server does not know it any more',
  ETIMEDOUT: 'its file server does not answer',
}

/** One for each database that has been in trouble, of which a process has one or two open. */
const readers = new Map<string, number>()

/** Stays open: closing any descriptor of a database ends SQLite's locks on it, see check-file.ts. */
function readerOf(path: string): number {
  const reader = readers.get(path) ?? openSync(path, 'r')
  readers.set(path, reader)
  return reader
}

function writeToDisk(path: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** One that cannot be removed is in nobody's way. */
function removeProbe(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}
