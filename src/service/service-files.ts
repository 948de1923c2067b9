// The files that describe a service to whoever runs it: written whole or not at all, and never over somebody else's.
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { FileChange } from './init-system.ts'

/** Whether `gateway install` wrote that text. */
export type IsOurs = (text: string) => boolean

/** Everybody may read them, as there is no secret in them; launchd takes none that others may write. */
const mode = 0o644

/** A template of the program. @throws TraseError `file_unreadable` when the program has lost it */
export async function templateText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new TraseError('file_unreadable', `the template ${path} cannot be read`, {
      hint: 'install the program again',
      cause: error,
    })
  }
}

/** @throws TraseError `already_exists` for a file that `gateway install` did not write, `file_unreadable` */
export async function refuseForeign(path: string, isOurs: IsOurs): Promise<void> {
  const text = await presentText(path)
  if (text === null || isOurs(text)) return
  throw new TraseError('already_exists', `${path} is there, and was not written by this command`, {
    hint: 'stop what it describes and move it away, then try again; what install writes is for the same job',
  })
}

/**
 * Has `text` at `path`. What is there must be ours: see `refuseForeign`.
 * @throws TraseError `permission_denied`, `disk_full`, `cannot_create`, `file_unreadable`; what was there is untouched then
 */
export async function writeServiceFile(path: string, text: string): Promise<FileChange> {
  const before = await presentText(path)
  if (before === text) return { path, change: 'unchanged' }
  // Of no name that either of them would load.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'wx', mode)
    try {
      await fill(file, text)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  } catch (error) {
    throw writeRefusal(path, error)
  }
  return { path, change: before === null ? 'created' : 'updated' }
}

/**
 * Removes one that is ours, and what was made for it; null when there is none.
 * @throws TraseError `permission_denied`, `cannot_create`, `file_unreadable`
 */
export async function removeServiceFile(
  path: string,
  isOurs: IsOurs,
  madeForIt: readonly string[] = [],
): Promise<FileChange | null> {
  const text = await presentText(path)
  if (text === null || !isOurs(text)) return null
  try {
    await rm(path)
    for (const each of madeForIt) await rm(each, { force: true })
  } catch (error) {
    throw writeRefusal(path, error)
  }
  return { path, change: 'removed' }
}

/** What the system said of a write, as TraseError `permission_denied`, `disk_full` or `cannot_create`; a defect as it is. */
export function writeRefusal(path: string, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new TraseError('permission_denied', `this user may not write ${path}`, { cause: error })
  }
  const isFull = errno === 'ENOSPC' || errno === 'EDQUOT'
  const reason = isFull ? 'the disk is full' : messageOf(error)
  return new TraseError(isFull ? 'disk_full' : 'cannot_create', `${path} could not be written: ${reason}`, {
    cause: error,
  })
}

async function fill(file: FileHandle, text: string): Promise<void> {
  try {
    await file.chmod(mode) // whatever the umask says
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Null when nothing is there. What cannot be read may be anybody's. */
async function presentText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw new TraseError('file_unreadable', `${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
