// Reads a file that holds one secret, or says in words why there is none to take.
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { openWaryReader, readMsMax } from '../read-warily.ts'

/** `reason` completes "file:/path …". */
export type ReferencedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string }

const bytesMax = 65_536

/** A reader of regular files of at most 64 KiB, which settles within `readMsMax`. */
export function referencedFileReader(host: Pick<Host, 'setTimer'>): (path: string) => Promise<ReferencedText> {
  const read = openWaryReader(host, bytesMax)
  return async (path) => {
    const found = await read(path)
    switch (found.kind) {
      case 'file': {
        const text = found.bytes.toString('utf8')
        found.bytes.fill(0)
        return { ok: true, text }
      }
      case 'missing':
        return failed('cannot be read: no such file')
      case 'too_large':
        return failed(`is longer than ${bytesMax} bytes`)
      case 'growing':
        return failed('is being written')
      case 'hangs':
        return failed(`could not be read within ${readMsMax / 1_000} s`)
      case 'failed':
        return failed(`cannot be read: ${reasons[errnoOf(found.error) ?? ''] ?? messageOf(found.error)}`)
      default:
        return failed('is not a regular file')
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'a symbolic link to itself',
}

function failed(reason: string): ReferencedText {
  return { ok: false, reason }
}
