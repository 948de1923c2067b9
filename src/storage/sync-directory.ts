// Puts the names in a directory on disk.
import { closeSync, fsyncSync, openSync } from 'node:fs'

/** A name is on disk only when its directory is: fsync(2), "Notes". */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** The contents of a file that somebody else has written and closed. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
