// Reads a file that holds one secret without trusting it: a pipe, a device, a huge or a hanging file is an answer, never a hang.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'

/** `reason` completes "file:/path …". */
export type ReferencedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string }

const bytesMax = 65_536
/** A read that takes longer hangs, as on a network file system whose server is gone. */
const readMsMax = 5_000
/** Without waiting for the writer of a pipe, and without getting hold of a terminal. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * A reader of regular files of at most 64 KiB. It settles within `readMsMax`; while a read of a path hangs, further ones
 * of it say so at once instead of blocking more threads.
 */
export function referencedFileReader(host: Pick<Host, 'setTimer'>): (path: string) => Promise<ReferencedText> {
  const hanging = new Set<string>()
  return async (path) => {
    if (hanging.has(path)) return hangs
    let timer: Timer | undefined
    const tooLong = new Promise<null>((resolve) => (timer = host.setTimer(readMsMax, () => resolve(null))))
    const reading = read(path)
    const answer = await Promise.race([reading, tooLong]).finally(() => timer?.cancel())
    if (answer !== null) return answer
    hanging.add(path)
    void reading.then(
      () => hanging.delete(path),
      () => hanging.delete(path),
    )
    return hangs
  }
}

async function read(path: string): Promise<ReferencedText> {
  const buffer = Buffer.alloc(bytesMax + 1)
  try {
    const file = await open(path, openFlags)
    try {
      if (!(await file.stat()).isFile()) return failed('is not a regular file')
      let length = 0
      for (let bytesRead = -1; bytesRead !== 0 && length < buffer.length; length += bytesRead) {
        bytesRead = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
      }
      if (length > bytesMax) return failed(`is longer than ${bytesMax} bytes`)
      return { ok: true, text: buffer.toString('utf8', 0, length) }
    } finally {
      await file.close()
    }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return failed(`cannot be read: ${reasons[errno] ?? messageOf(error)}`)
  } finally {
    buffer.fill(0)
  }
}

const hangs: ReferencedText = { ok: false, reason: `could not be read within ${readMsMax / 1_000} s` }

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'a symbolic link to itself',
  ENXIO: 'not a regular file', // a socket
}

function failed(reason: string): ReferencedText {
  return { ok: false, reason }
}
