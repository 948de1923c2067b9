// Reads a file of the user's own: what is not there is no news, and what cannot be read is said and passed over.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf } from '../../../../errors.ts'

/** Settings of tools are small; the largest known, which holds a history as well, has some megabytes. */
const fileBytesMax = 8 * 1024 * 1024

export type UserFile =
  | { readonly text: string }
  /** A reason to pass over it, in words. */
  | { readonly problem: string }
  | null

/** Null when it is not there. Never waits: a pipe in its place is passed over. */
export async function readUserFile(path: string): Promise<UserFile> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size, isFile } = await file.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }))
      if (!isFile) return { problem: 'is no file' }
      if (size > fileBytesMax) return { problem: `has more than ${fileBytesMax / 1024 / 1024} MiB` }
      return { text: await file.readFile('utf8') }
    } finally {
      await file.close()
    }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return null
    if (errno === undefined) throw error
    return { problem: errno === 'EACCES' || errno === 'EPERM' ? 'may not be read' : `cannot be read (${errno})` }
  }
}
