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
    withFile(path, 'r', (file) => readSync(file, Buffer.alloc(100), 0, 100, 0))
    withFile(probe, 'wx', (file) => {
      writeSync(file, bytes)
      fsyncSync(file)
    })
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

function withFile(path: string, flags: 'r' | 'wx', use: (file: number) => void): void {
  const file = openSync(path, flags, 0o600)
  try {
    use(file)
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
