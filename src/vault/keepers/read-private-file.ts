// Reads a file that a keeper was told of without trusting it: a pipe, a device or a huge file is a refusal, never a hang.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'

/** Keys are 45 bytes a line, and no passphrase is as long. */
const bytesMax = 65_536
/** Without waiting for the writer of a pipe, and without getting hold of a terminal. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** @returns null when there is no such file; `mode` as stat(2) has it @throws TraseError `file_unreadable` */
export async function readPrivateFile(path: string): Promise<{ readonly text: string; readonly mode: number } | null> {
  try {
    const file = await open(path, openFlags)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw unreadable(path, 'is not a regular file')
      return { text: await textOf(file, path), mode: stats.mode }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    if (error instanceof TraseError) throw error
    throw unreadable(path, `cannot be read: ${messageOf(error)}`, error)
  }
}

/** The size that stat(2) tells may be another by now, and is 0 for files that the kernel makes up. */
async function textOf(file: FileHandle, path: string): Promise<string> {
  const buffer = Buffer.alloc(bytesMax + 1)
  try {
    let length = 0
    for (let bytesRead = -1; bytesRead !== 0 && length < buffer.length; length += bytesRead) {
      bytesRead = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
    }
    if (length > bytesMax) throw unreadable(path, `is longer than ${bytesMax} bytes`)
    return buffer.toString('utf8', 0, length)
  } finally {
    buffer.fill(0)
  }
}

function unreadable(path: string, why: string, cause?: unknown): TraseError {
  return new TraseError('file_unreadable', `${path} ${why}`, { cause })
}
