// Writes a file of the database's under another name, and gives it its own when it is whole and on disk.
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, lchownSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'
import { flushFolderNow } from '../flush-folder.ts'

/**
 * Lets `write` fill a new, empty file of mode 0600, which then takes the place of `path`. A kill in the middle leaves a
 * `<path>.<random>.new` that nobody reads. Root may do it for the user whose directory it is, and gives away no file that a link leads to.
 * @throws the system's error, and what `write` throws; `path` is as it was then
 */
export function writeWholeFile(path: string, write: (temporary: string) => void): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    closeSync(openSync(temporary, 'wx', 0o600)) // a thread has no umask of its own: the mode must come from here
    write(temporary)
    const owner = statSync(dirname(path))
    if (statSync(temporary).uid !== owner.uid) lchownSync(temporary, owner.uid, owner.gid)
    flushFile(temporary)
    renameSync(temporary, path)
    flushFolderNow(dirname(path))
  } finally {
    for (const suffix of ['', '-journal']) rmSync(`${temporary}${suffix}`, { force: true })
  }
}

/** Makes a directory of mode 0700 in one that is there; nothing happens to one that is there itself. */
export function makePrivateDirectory(path: string): void {
  const above = dirname(path)
  try {
    mkdirSync(path, { mode: 0o700 })
    const owner = statSync(above)
    if (statSync(path).uid !== owner.uid) lchownSync(path, owner.uid, owner.gid)
    flushFolderNow(above)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

/** What somebody else has written and closed. */
function flushFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
