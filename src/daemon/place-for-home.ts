// The place that a restored home is put into: locked, so that no gateway is there, and what was in it is kept aside.
import {
  chownSync,
  fsyncSync,
  openSync,
  closeSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  existsSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type HomeLock, lockFile, lockHome } from './home-lock.ts'
import { refusal } from './prepare-home.ts'
import type { RestoreFolder } from './restore-folder.ts'
import { swapFolders } from './swap-folders.ts'

export interface PlaceForHome {
  /** Puts the finished folder there. @returns where the old home is now, null when it was not there or empty */
  put(folder: RestoreFolder): string | null
  release(): void
}

const lockName = 'gateway.lock'
/** What a home may hold and be empty all the same. */
const nothing: ReadonlySet<string> = new Set([lockName, 'lost+found', 'logs'])

/** @throws TraseError `gateway_running`, `already_exists`, `home_unwritable`, `usage` for a folder that is not a home's */
export function placeForHome(host: Host, home: string, force: boolean): PlaceForHome {
  const present = statSync(home, { throwIfNoEntry: false })
  if (!present) {
    if (!existsSync(dirname(home))) throw new TraseError('not_found', `${dirname(home)} is not there`)
    return { put: (folder) => putNew(host, folder, home), release() {} }
  }
  if (!present.isDirectory()) throw new TraseError('home_unwritable', `${home} is not a directory`)
  const entries = readdirSync(home)
  const isEmpty = entries.every((name) => nothing.has(name))
  if (!isEmpty) refuseForeign(host, home, entries)
  const lock = lockHome({ ...host, paths: { ...host.paths, home, lock: join(home, lockName) } })
  if (!isEmpty && !force) {
    lock.release()
    throw new TraseError('already_exists', `${home} is not empty`, {
      hint: 'with --force it is moved aside and kept; or restore elsewhere: --home DIR',
    })
  }
  return {
    put: (folder) => putInstead(host, folder, { home, isEmpty, owner: present }),
    release: () => lock.release(),
  }
}

/** `--home /var/lib --force` must not move away what others live on. */
function refuseForeign(host: Host, home: string, entries: readonly string[]): void {
  const { paths, env } = host
  const own = [paths.database, paths.configuration, paths.envFile, paths.vaultKey].map((path) => basename(path))
  const isOurs = basename(home) === '.traseai' || own.some((name) => entries.includes(name))
  if (isOurs && home !== env['HOME'] && dirname(home) !== home) return
  throw new TraseError('usage', `${home} is not empty, and not a home of TraseAI`, {
    hint: `name a folder of its own: --home ${join(home, '.traseai')}`,
  })
}

function putNew(host: Host, folder: RestoreFolder, home: string): null {
  const lock = holdLock(host, folder)
  try {
    folder.finish()
    renameSync(folder.path, home)
    flush(dirname(home))
    return null
  } catch (error) {
    throw refusal(home, error)
  } finally {
    lock?.release()
  }
}

interface OldHome {
  readonly home: string
  readonly isEmpty: boolean
  readonly owner: { readonly uid: number; readonly gid: number }
}

function putInstead(host: Host, folder: RestoreFolder, { home, isEmpty, owner }: OldHome): string | null {
  // Root restores for the user whose home it is.
  if (host.uid === 0 && owner.uid !== 0) chownAll(folder.path, owner)
  const lock = holdLock(host, folder)
  const aside = asideName(home, host.now())
  try {
    folder.finish()
    flush(folder.path)
    if (swapFolders(host.platform, folder.path, home)) renameSync(folder.path, aside)
    else {
      // Killed between these two there is no home, and the next start says so: see prepare-home.ts.
      renameSync(home, aside)
      renameSync(folder.path, home)
    }
    flush(dirname(home))
  } catch (error) {
    throw new TraseError('home_unwritable', `${home} could not be replaced: ${messageOf(error)}`, {
      cause: error,
      hint: `the restored home is ${folder.path}; the old one is ${existsSync(aside) ? aside : home}`,
    })
  } finally {
    lock?.release()
  }
  return isEmpty && removedEmpty(aside) ? null : aside
}

/** A gateway that starts at the moment of the exchange must find the new home locked, too. */
function holdLock(host: Host, { path }: RestoreFolder): HomeLock | null {
  return lockFile(host, join(path, lockName))
}

function removedEmpty(folder: string): boolean {
  try {
    rmSync(join(folder, lockName), { force: true })
    rmdirSync(folder)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false // there is something in it after all: it is kept
  }
}

/** `<home>.before-restore-<YYYYMMDD-HHMMSS>`, UTC. */
function asideName(home: string, now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/)
  const stamp = `${home}.before-restore-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`
  for (let further = 1; ; further += 1) {
    const name = further === 1 ? stamp : `${stamp}-${further}`
    if (!lstatSync(name, { throwIfNoEntry: false })) return name
  }
}

function chownAll(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  chownSync(path, uid, gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) chownAll(inside, { uid, gid })
    else chownSync(inside, uid, gid)
  }
}

function flush(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error
  } finally {
    closeSync(fd)
  }
}
