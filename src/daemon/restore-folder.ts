// The folder in which a new home is made: private, marked as unfinished until it is whole, and never left behind.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '../host.ts'
import { type HomeLock, lockFile } from './home-lock.ts'
import { refusal } from './prepare-home.ts'
import { restoringPath, restoringPaths, unfinishedMark } from './restore-names.ts'

export interface RestoreFolder {
  readonly path: string
  /** From now on it is a home, and is not removed any more. */
  finish(): void
  /** Removes it, unless it is finished. */
  remove(): void
}

/**
 * @param home where the new one is to be
 * @param within the folder to make it in, on the file system of the home
 * @throws TraseError `home_unwritable`, `disk_full`
 */
export function openRestoreFolder(host: Host, home: string, within: string): RestoreFolder {
  const path = restoringPath(home, within, host.randomBytes(6).toString('hex'))
  const mark = join(path, unfinishedMark)
  let lock: HomeLock | null = null
  try {
    mkdirSync(path, { mode: 0o700 })
    lock = lockFile(host, mark)
  } catch (error) {
    throw refusal(within, error)
  }
  let isOver = false
  return {
    path,
    finish() {
      rmSync(mark)
      isOver = true
      lock?.release()
    },
    remove() {
      if (isOver) return
      isOver = true
      rmSync(path, { recursive: true, force: true })
      lock?.release()
    },
  }
}

/** Removes what restores that were killed have left: what was in their backups lies there in the clear. */
export function removeUnfinishedRestores(host: Host, home: string): void {
  for (const path of restoringPaths(home)) {
    const mark = join(path, unfinishedMark)
    // Without the mark it may be somebody's home, between two steps of an exchange.
    if (!existsSync(mark)) continue
    const lock = lockFile(host, mark)
    if (lock === null) continue // somebody is at work in it
    rmSync(path, { recursive: true, force: true })
    lock.release()
  }
}
