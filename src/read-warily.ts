// Reads a file without trusting it: a pipe, a device, a huge or a hanging file is an answer, never a hang or a throw.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf } from './errors.ts'
import type { Host, Timer } from './host.ts'

export type ReadFile =
  /** `bytes` are memory of their own: whoever reads a secret wipes them. `mode` as stat(2) has it. */
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: 'missing' | 'directory' | 'special' }
  /** It has at least `size` bytes. */
  | { readonly kind: 'too_large'; readonly size: number }
  /** It grew while it was read: the next look may find it at rest. */
  | { readonly kind: 'growing' }
  | { readonly kind: 'failed'; readonly error: Error }

/** A read that takes longer hangs, as on a network file system whose server is gone. */
export const readMsMax = 5_000
/** Without waiting for the writer of a pipe, and without getting hold of a terminal. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY
/** Room for more than is there, so that a file that grows meanwhile is noticed. */
const spareBytes = 4_096
/** Files that the kernel makes up say that they have 0 bytes. */
const unsaidBytes = 65_536

/** The regular file at a path, when it has at most `bytesMax` bytes. Rejects for a defect alone. */
export async function readWarily(path: string, bytesMax: number): Promise<ReadFile> {
  try {
    const file = await open(path, openFlags)
    try {
      return await readOpened(file, bytesMax)
    } finally {
      await file.close()
    }
  } catch (error) {
    const errno = errnoOf(error)
    if (!(error instanceof Error) || errno === undefined) throw error
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'missing' }
    return errno === 'ENXIO' ? { kind: 'special' } : { kind: 'failed', error } // ENXIO: a socket
  }
}

async function readOpened(file: FileHandle, bytesMax: number): Promise<ReadFile> {
  const stats = await file.stat()
  if (!stats.isFile()) return { kind: stats.isDirectory() ? 'directory' : 'special' }
  if (stats.size > bytesMax) return { kind: 'too_large', size: stats.size }
  const buffer = Buffer.alloc(Math.min((stats.size || unsaidBytes) + spareBytes, bytesMax + 1))
  let length = 0
  for (let bytesRead = -1; bytesRead !== 0 && length < buffer.length; length += bytesRead) {
    bytesRead = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
  }
  if (length < buffer.length) return { kind: 'file', bytes: buffer.subarray(0, length), mode: stats.mode }
  buffer.fill(0)
  return length > bytesMax ? { kind: 'too_large', size: length } : { kind: 'growing' }
}

/**
 * `readWarily` with an end to its time. While a read of a path hangs, further ones of it say so at once instead of
 * blocking more threads.
 */
export function openWaryReader(
  host: Pick<Host, 'setTimer'>,
  bytesMax: number,
): (path: string) => Promise<ReadFile | { readonly kind: 'hangs' }> {
  const hanging = new Set<string>()
  return async (path) => {
    if (hanging.has(path)) return { kind: 'hangs' }
    let timer: Timer | undefined
    const tooLong = new Promise<null>((resolve) => (timer = host.setTimer(readMsMax, () => resolve(null))))
    const reading = readWarily(path, bytesMax)
    const answer = await Promise.race([reading, tooLong]).finally(() => timer?.cancel())
    if (answer !== null) return answer
    hanging.add(path)
    const restored = (): boolean => hanging.delete(path)
    void reading.then(restored, restored)
    return { kind: 'hangs' }
  }
}
