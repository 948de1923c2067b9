// Reads a settings file without trusting it: a directory, a pipe, a huge or an unreadable file is an answer, never a hang or a throw.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'

export type SettingsFile =
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  /** There, but not to be used; `reason` completes "the file …". `passing`: it may end without anybody's doing. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly hint: string; readonly passing: boolean }

/** A read that takes longer hangs, as on a network file system whose server is gone. */
const readMsMax = 5_000

/** How to open: without waiting for the writer of a pipe, and without getting hold of a terminal. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** A reader of one file; while a read hangs, further ones say so at once instead of blocking more threads. */
export function settingsFileReader(host: Host, path: string, bytesMax: number): () => Promise<SettingsFile> {
  let hanging = false
  return async () => {
    if (hanging) return hangs
    let timer: Timer | undefined
    const tooLong = new Promise<null>((resolve) => (timer = host.setTimer(readMsMax, () => resolve(null))))
    const reading = readSettingsFile(path, bytesMax)
    const answer = await Promise.race([reading, tooLong])
    timer?.cancel()
    if (answer !== null) return answer
    hanging = true
    void reading.finally(() => (hanging = false)) // it never rejects
    return hangs
  }
}

const hangs: SettingsFile = {
  kind: 'unusable',
  reason: `could not be read within ${readMsMax} ms`,
  hint: 'check the file system that it lies on',
  passing: true,
}

async function readSettingsFile(path: string, bytesMax: number): Promise<SettingsFile> {
  try {
    const file = await open(path, openFlags)
    try {
      const stats = await file.stat()
      if (stats.isDirectory()) return unusable('is a directory', 'move it away and write a file in its place')
      if (!stats.isFile()) return unusable('is not a regular file', 'write a regular file in its place')
      if (stats.size > bytesMax) return tooLarge(stats.size, bytesMax)
      // Room for more than is there, so that a file that grows meanwhile is noticed.
      const buffer = Buffer.alloc(Math.min(stats.size + 4_096, bytesMax + 1))
      let length = 0
      for (let bytesRead = -1; bytesRead !== 0 && length < buffer.length; length += bytesRead) {
        bytesRead = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
      }
      if (length > bytesMax) return tooLarge(length, bytesMax)
      if (length === buffer.length) return unusable('is being written', 'it is read again when it rests', true)
      return { kind: 'file', bytes: buffer.subarray(0, length) }
    } finally {
      await file.close()
    }
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): SettingsFile {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'missing' }
  if (errno === 'EACCES' || errno === 'EPERM')
    return unusable('is not readable for this user', 'give it to the user that the gateway runs as, with mode 0600')
  if (errno === 'ENXIO') return unusable('is not a regular file', 'write a regular file in its place') // a socket
  if (errno === 'ELOOP') return unusable('is a symbolic link to itself', 'write a regular file in its place')
  return unusable(`cannot be read: ${messageOf(error)}`, 'see what is wrong with it; it is tried again by itself', true)
}

function unusable(reason: string, hint: string, passing = false): SettingsFile {
  return { kind: 'unusable', reason, hint, passing }
}

function tooLarge(bytes: number, bytesMax: number): SettingsFile {
  return unusable(`is too large: ${bytes} bytes, at most ${bytesMax}`, 'keep settings only in it')
}
