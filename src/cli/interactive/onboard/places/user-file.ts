// Reads a file of the user's own: what is not there is no news, and what cannot be read is said and passed over.
import { errnoOf } from '../../../../errors.ts'
import { readWarily } from '../../../../read-warily.ts'

/** Settings of tools are small; the largest known, which holds a history as well, has some megabytes. */
const fileBytesMax = 8 * 1_048_576

export type UserFile =
  | { readonly text: string }
  /** A reason to pass over it, in words. */
  | { readonly problem: string }
  | null

/** Null when it is not there. Never waits: a pipe in its place is passed over. */
export async function readUserFile(path: string): Promise<UserFile> {
  const found = await readWarily(path, fileBytesMax)
  switch (found.kind) {
    case 'file':
      return { text: found.bytes.toString('utf8') }
    case 'missing':
      return null
    case 'too_large':
      return { problem: `has more than ${fileBytesMax / 1_048_576} MiB` }
    case 'growing':
      return { problem: 'is being written' }
    case 'failed': {
      const errno = errnoOf(found.error)
      return { problem: errno === 'EACCES' || errno === 'EPERM' ? 'may not be read' : `cannot be read (${errno})` }
    }
    default:
      return { problem: 'is no file' }
  }
}
