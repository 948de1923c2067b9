// The place that a restored home is put into: locked, so that no gateway is there, and what was in it is kept aside.
import { existsSync, readdirSync, rmdirSync, rmSync, statSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { lockHome } from './home-lock.ts'
import { exchange, moveIn, putNew } from './put-home.ts'
import type { RestoreFolder } from './restore-folder.ts'
import { unfinishedMark } from './restore-names.ts'

export interface PlaceForHome {
  /** The folder to make the new home in. */
  readonly within: string
  /** Puts the finished folder there. @returns where the old home is now, null when it was not there or empty */
  put(folder: RestoreFolder): string | null
  release(): void
}

const lockName = 'gateway.lock'
/** What a home may hold and be empty all the same. */
const nothing: ReadonlySet<string> = new Set([lockName, 'lost+found', 'logs'])

/** @throws TraseError `gateway_running`, `already_exists`, `home_unwritable`, `not_found`, `usage` for a folder that is no home's */
export function placeForHome(host: Host, home: string, force: boolean): PlaceForHome {
  const present = statSync(home, { throwIfNoEntry: false })
  const parent = dirname(home)
  if (!present) {
    if (!existsSync(parent)) throw new TraseError('not_found', `${parent} is not there`, { hint: 'make it first' })
    return { within: parent, put: (folder) => named(home, folder, () => putNew(host, folder, home)), release() {} }
  }
  if (!present.isDirectory()) throw new TraseError('home_unwritable', `${home} is not a directory`)
  const entries = readdirSync(home)
  const isEmpty = entries.every((name) => nothing.has(name))
  if (!isEmpty) refuseForeign(host, home, entries)
  const lock = lockHome({ ...host, paths: { ...host.paths, home, lock: join(home, lockName) } })
  if (!isEmpty && !force) {
    lock.release()
    throw new TraseError('already_exists', `${home} is not empty`, {
      hint: 'with --force what is there is moved aside and kept; or restore elsewhere: --home DIR',
    })
  }
  // A mount point cannot be renamed: its contents are moved instead.
  const isMounted = present.dev !== statSync(parent).dev
  return {
    within: isMounted ? home : parent,
    put: (folder) => named(home, folder, () => putInstead(host, folder, { home, isEmpty, isMounted, owner: present })),
    release: () => lock.release(),
  }
}

/** What the program itself makes in a home. */
const ownEntry =
  /^(traseai\.|\.env|vault\.key|agents$|backups$|before-restore-|control\.sock|gateway\.lock$|logs$|monitor\.json$|restored\.json$|\..+\.tmp$|\.restore-)/

/** `--home /var/lib --force` must not move away what others live on. */
function refuseForeign({ paths, env }: Host, home: string, entries: readonly string[]): void {
  const files = [paths.database, paths.configuration, paths.envFile, paths.vaultKey].map((path) => basename(path))
  const own = [...files, unfinishedMark]
  const isOurs = basename(home) === '.traseai' || own.some((name) => entries.includes(name))
  // A service's user may live in the home; a person's has more in it than what we make.
  const isAlone = home !== env['HOME'] || entries.every((name) => ownEntry.test(name))
  if (isOurs && isAlone && dirname(home) !== home) return
  throw new TraseError('usage', `${home} is not empty, and not a home of TraseAI`, {
    hint: `name a folder of its own: --home ${join(home, '.traseai')}`,
  })
}

interface OldHome {
  readonly home: string
  readonly isEmpty: boolean
  readonly isMounted: boolean
  readonly owner: Pick<Stats, 'uid' | 'gid'>
}

function putInstead(host: Host, folder: RestoreFolder, { home, isEmpty, isMounted, owner }: OldHome): string | null {
  const aside = isMounted ? moveIn(host, folder, home, owner) : exchange(host, folder, home, owner)
  return isEmpty && removedEmpty(aside) ? null : aside
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

function named<T>(home: string, folder: RestoreFolder, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const left = existsSync(folder.path) ? `; the restored home is in ${folder.path}` : ''
    throw new TraseError('home_unwritable', `${home} could not be replaced: ${messageOf(error)}${left}`, {
      cause: error,
    })
  }
}
