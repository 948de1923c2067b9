// Puts the names in a folder on disk: that of a file is there only when its folder is, fsync(2) "Notes".
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf } from './errors.ts'

/** Where a file system cannot flush a folder nothing happens. Rejects with the system's error. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    refuseUnlessUnable(error)
  } finally {
    await folder.close()
  }
}

/** The same at once, for threads and programs that have nothing else to do. */
export function flushFolderNow(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } catch (error) {
    refuseUnlessUnable(error)
  } finally {
    closeSync(folder)
  }
}

function refuseUnlessUnable(error: unknown): void {
  const errno = errnoOf(error)
  if (errno !== 'EINVAL' && errno !== 'ENOTSUP') throw error
}
