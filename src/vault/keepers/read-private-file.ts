// Reads a file that a keeper was told of: its text, or the refusal of what is none.
import { messageOf, TraseError } from '../../errors.ts'
import { readWarily } from '../../read-warily.ts'

/** Keys are 45 bytes a line, and no passphrase is as long. */
const bytesMax = 65_536

/** @returns null when there is no such file; `mode` as stat(2) has it @throws TraseError `file_unreadable` */
export async function readPrivateFile(path: string): Promise<{ readonly text: string; readonly mode: number } | null> {
  const found = await readWarily(path, bytesMax)
  switch (found.kind) {
    case 'file': {
      const text = found.bytes.toString('utf8')
      found.bytes.fill(0)
      return { text, mode: found.mode }
    }
    case 'missing':
      return null
    case 'too_large':
      throw unreadable(path, `is longer than ${bytesMax} bytes`)
    case 'growing':
      throw unreadable(path, 'is being written')
    case 'failed':
      throw unreadable(path, `cannot be read: ${messageOf(found.error)}`, found.error)
    default:
      throw unreadable(path, 'is not a regular file')
  }
}

function unreadable(path: string, why: string, cause?: unknown): TraseError {
  return new TraseError('file_unreadable', `${path} ${why}`, { cause })
}
