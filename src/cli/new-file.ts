// Writes a new file of the caller's piece by piece: private, and there only when it is whole.
import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import { flushFolderNow } from '../flush-folder.ts'

export interface NewFile {
  write(bytes: Uint8Array): void
  /** Flushes it and gives it its name. @throws TraseError `already_exists`, `disk_full`, `cannot_create` */
  finish(): void
  /** Removes what was written; nothing happens after `finish`. */
  abandon(): void
}

export interface NewFileOptions {
  /** Takes the place of a file that is there. */
  readonly replace: boolean
  /** What to type to make it do so. */
  readonly hint: string
}

/** Under a name of its own until it is whole. @throws TraseError `already_exists`, `disk_full`, `cannot_create` */
export function openNewFile(path: string, { replace, hint }: NewFileOptions): NewFile {
  const taken = (): TraseError => new TraseError('already_exists', `${path} is there already`, { hint })
  const present = attempt(path, () => lstatSync(path, { throwIfNoEntry: false }))
  if (present && !present.isFile()) {
    throw present.isDirectory()
      ? new TraseError('cannot_create', `${path} is a directory`, { hint: 'name a file in it' })
      : new TraseError('cannot_create', `${path} is no regular file`, { hint: 'name - and use standard output' })
  }
  if (present && !replace) throw taken()
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  const fd = attempt(path, () => openSync(temporary, 'wx', 0o600))
  let isOpen = true

  function close(): void {
    if (isOpen) closeSync(fd)
    isOpen = false
  }

  function abandon(): void {
    close()
    rmSync(temporary, { force: true })
  }

  return {
    write(bytes) {
      attempt(path, () => {
        for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(fd, rest))
      })
    },
    finish() {
      attempt(path, () => {
        fchmodSync(fd, 0o600) // whatever the umask has left
        fsyncSync(fd)
        close()
        if (replace) renameSync(temporary, path)
        else linkInPlace(temporary, path, taken)
        flushFolderNow(dirname(path))
      })
    },
    abandon,
  }
}

/** A link never replaces what came there meanwhile. Where a file system has no links, a rename must do. */
function linkInPlace(temporary: string, path: string, taken: () => TraseError): void {
  try {
    linkSync(temporary, path)
    rmSync(temporary)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST') throw taken()
    if (errno !== 'EPERM' && errno !== 'ENOTSUP' && errno !== 'EOPNOTSUPP' && errno !== 'ENOSYS') throw error
    renameSync(temporary, path)
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TraseError) throw error
    const isFull = errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
    const message = `${path} cannot be written: ${isFull ? 'the disk is full' : messageOf(error)}`
    throw new TraseError(isFull ? 'disk_full' : 'cannot_create', message, { cause: error })
  }
}
