// Notices that the database file was moved, replaced or deleted while it is open.
import { statSync } from 'node:fs'
import { TraseError } from '../errors.ts'

/**
 * Remembers which file is at `path` and gives the check that it still is. Without it, SQLite would write on into a file
 * without a name, and what was acknowledged would be gone with the process. One stat, about 2 µs.
 * @throws TraseError `storage_failed`, from the check
 */
export function openFileInPlace(path: string): () => void {
  const opened = statSync(path, { bigint: true })
  return () => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (found?.ino === opened.ino && found.dev === opened.dev) return
    const what = found ? 'is another file now' : 'is gone'
    const hint = found
      ? 'to use the file that is there now: traseai gateway restart'
      : 'put the file back, or mount its disk again: then it goes on by itself'
    throw new TraseError('storage_failed', `${path} ${what}: it was moved or deleted while the gateway runs`, { hint })
  }
}
