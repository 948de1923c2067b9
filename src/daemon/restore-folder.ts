// The folder beside a home in which a new one is made: private, marked as unfinished until it is whole, and never left behind.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { type HomeLock, lockFile } from './home-lock.ts'
import { refusal } from './prepare-home.ts'

/** While it is there, the folder is nobody's home; its lock says whether somebody is still at work. */
const markName = '.restore-unfinished'

export interface RestoreFolder {
  readonly path: string
  /** From now on it is a home, and is not removed any more. */
  finish(): void
  /** Removes it, unless it is finished. */
  remove(): void
}

/** @param home where the new one is to be @throws TraseError `home_unwritable`, `disk_full` */
export function openRestoreFolder(host: Host, home: string): RestoreFolder {
  const path = join(dirname(home), `${prefixOf(home)}${host.randomBytes(6).toString('hex')}`)
  const mark = join(path, markName)
  let lock: HomeLock | null = null
  try {
    mkdirSync(path, { mode: 0o700 })
    lock = lockFile(host, mark)
  } catch (error) {
    throw refusal(dirname(home), error)
  }
  let isFinished = false
  return {
    path,
    finish() {
      rmSync(mark)
      isFinished = true
      lock?.release()
    },
    remove() {
      if (isFinished) return
      rmSync(path, { recursive: true, force: true })
      lock?.release()
      isFinished = true
    },
  }
}

/** Removes what restores that were killed have left beside a home: what was in their backups lies there in the clear. */
export function removeUnfinishedRestores(host: Host, home: string): void {
  for (const path of besides(home)) {
    const mark = join(path, markName)
    // Without the mark it may be somebody's home, between two steps of an exchange.
    if (!existsSync(mark)) continue
    const lock = lockFile(host, mark)
    if (lock === null) continue
    rmSync(path, { recursive: true, force: true })
    lock.release()
  }
}

/** Whole homes that a kill has left between two steps, for people to look at. */
export function strayHomes(home: string): readonly string[] {
  return besides(home).filter((path) => !existsSync(join(path, markName)))
}

function prefixOf(home: string): string {
  return `.${basename(home).replace(/^\./, '')}.restoring-`
}

/** What cannot be listed is not ours to clear up. */
function besides(home: string): string[] {
  try {
    const prefix = prefixOf(home)
    const names = readdirSync(dirname(home)).filter((name) => name.startsWith(prefix) && suffix.test(name))
    return names.map((name) => join(dirname(home), name))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}

const suffix = /\.restoring-[0-9a-f]{12}$/
