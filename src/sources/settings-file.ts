// Reads a settings file: what is there, or why it cannot be used and what to do about it.
import { dirname } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { openWaryReader, readMsMax } from '../read-warily.ts'
import { identityOf } from './path-identity.ts'

export type SettingsFile =
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  /** There, but not to be used; `reason` completes "the file …". `passing`: it may end without anybody's doing. */
  | {
      readonly kind: 'unusable'
      readonly reason: string
      readonly hint: string
      readonly passing: boolean
      /** Reading it holds a thread until its disk answers. */
      readonly hangs?: true
    }

/**
 * A reader of a file that people remove when they mean it; but one that is gone with the whole directory it was read from was not removed:
 * a disk is away.
 */
export function steadyFileReader(host: Host, path: string, bytesMax: number): () => Promise<SettingsFile> {
  const read = settingsFileReader(host, path, bytesMax)
  let directory: string | null = null
  return async () => {
    const state = await read()
    if (state.kind === 'file') directory = await identityOf(dirname(path))
    if (state.kind !== 'missing' || directory === null || directory === (await identityOf(dirname(path)))) return state
    return unusable('is gone with the whole directory', 'mount the disk again, or start the gateway anew', true)
  }
}

/** A reader of one file; while a read hangs, further ones say so at once. */
export function settingsFileReader(host: Host, path: string, bytesMax: number): () => Promise<SettingsFile> {
  const read = openWaryReader(host, bytesMax)
  return async () => {
    const found = await read(path)
    switch (found.kind) {
      case 'file':
        return { kind: 'file', bytes: found.bytes }
      case 'missing':
        return { kind: 'missing' }
      case 'directory':
        return unusable('is a directory', 'move it away and write a file in its place')
      case 'special':
        return notRegular
      case 'too_large':
        return unusable(`is too large: ${found.size} bytes, at most ${bytesMax}`, 'keep settings only in it')
      case 'growing':
        return unusable('is being written', 'it is read again when it rests', true)
      case 'hangs':
        return {
          ...unusable(`could not be read within ${readMsMax} ms`, 'check the file system that it lies on', true),
          hangs: true,
        }
      case 'failed':
        return refusal(found.error)
    }
  }
}

const notRegular = unusable('is not a regular file', 'write a regular file in its place')

function refusal(error: Error): SettingsFile {
  const errno = errnoOf(error)
  if (errno === 'EACCES' || errno === 'EPERM')
    return unusable('is not readable for this user', 'give it to the user that the gateway runs as, with mode 0600')
  if (errno === 'ELOOP') return unusable('is a symbolic link to itself', 'write a regular file in its place')
  return unusable(`cannot be read: ${messageOf(error)}`, 'see what is wrong with it; it is tried again by itself', true)
}

function unusable(reason: string, hint: string, passing = false): SettingsFile & { readonly kind: 'unusable' } {
  return { kind: 'unusable', reason, hint, passing }
}
