// Writes a file that only its owner may read, whole or not at all.
import type { FileHandle } from 'node:fs/promises'
import { lstat, open, readdir, readlink, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import { flushFolder } from '../flush-folder.ts'
import type { Host } from '../host.ts'

const ownerOnly = 0o600
/** A link to a link to a link: the kernel follows 40. */
const linksMax = 40
/** `.vault.key.0123456789ab.tmp`, which a kill can leave behind. */
export const temporaryName = /^\..+\.[0-9a-f]{12}\.tmp$/

/**
 * Replaces the file's content: a new file beside it is written, flushed to disk and renamed over it, so that no reader and
 * no power cut ever sees half of it. A symbolic link stays one; the file that it points to is replaced.
 * @param isStillWanted asked when all but the rename is done, so that hardly anything can happen between its answer and that
 * @throws TraseError `disk_full`, `cannot_create`, `conflict` (not wanted any more); the old content is then untouched and
 * nothing is left behind
 */
export async function writePrivateFile(
  host: Host,
  path: string,
  content: string | Uint8Array,
  isStillWanted: () => Promise<boolean> = async () => true,
): Promise<void> {
  try {
    const target = await targetOf(path)
    const temporary = join(dirname(target), `.${basename(target)}.${host.randomBytes(6).toString('hex')}.tmp`)
    // `wx`: a file of that name would be somebody else's, or a trap.
    const file = await open(temporary, 'wx', ownerOnly)
    try {
      await fill(file, content)
      if (!(await isStillWanted())) throw new TraseError('conflict', `${path} was changed by another program`)
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await flushFolder(dirname(target)) // before it is acknowledged
  } catch (error) {
    throw refusal(path, error)
  }
}

async function fill(file: FileHandle, content: string | Uint8Array): Promise<void> {
  try {
    await file.chmod(ownerOnly) // whatever the umask took away
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What a kill in the middle of `writePrivateFile` leaves in a directory, perhaps with a key in it; to be called while nobody writes there. */
export async function removeUnfinished(directory: string): Promise<void> {
  try {
    const names = (await readdir(directory)).filter((name) => temporaryName.test(name))
    await Promise.all(names.map((name) => rm(join(directory, name), { force: true })))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error // what cannot be listed or removed is in nobody's way
  }
}

/** Where a path leads to, also when nothing is there yet. */
async function targetOf(path: string): Promise<string> {
  let target = path
  for (let links = 0; links < linksMax; links += 1) {
    try {
      return await realpath(target)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || !(await isLink(target))) {
        if (errnoOf(error) === 'ENOENT') return target
        throw error
      }
      target = resolve(dirname(target), await readlink(target))
    }
  }
  return target
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

function refusal(path: string, error: unknown): TraseError {
  if (error instanceof TraseError) return error
  const errno = errnoOf(error)
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return new TraseError('disk_full', `${path} could not be written: the disk is full`, { cause: error })
  const reason = errno === undefined ? messageOf(error) : (reasons[errno] ?? errno)
  return new TraseError('cannot_create', `${path} could not be written: ${reason}`, {
    hint: 'check the owner and mode of the file and its directory',
    cause: error,
  })
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its directory does not exist',
  EISDIR: 'it is a directory',
  ENOTDIR: 'its directory is a file',
  ELOOP: 'it is a symbolic link to itself',
}
