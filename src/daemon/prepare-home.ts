// Makes the home directory: there, ours, private and writable, or a refusal that says which of these it is not.
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError, type ErrorName } from '../errors.ts'
import type { Host } from '../host.ts'
import { strayHomes, unfinishedMark } from './restore-names.ts'

const privateMode = 0o700
const othersMask = 0o077

/**
 * Returns what the log should say about it, if anything.
 * @throws TraseError `home_unwritable`, `home_not_ours`, `disk_full`, `permission_denied`
 */
export function prepareHome(host: Host): string | null {
  const { home } = host.paths
  refuseHalfRestored(home)
  const stats = makeDirectory(home)
  if (!stats.isDirectory())
    throw new TraseError('home_unwritable', `${home} is not a directory`, { hint: 'move it away, or set TRASEAI_HOME' })
  if (host.uid !== -1 && stats.uid !== host.uid) {
    throw new TraseError(
      'home_not_ours',
      `${home} belongs to uid ${stats.uid}, but this gateway runs as uid ${host.uid}`,
    )
  }
  const isOpen = (stats.mode & othersMask) !== 0
  if (isOpen) makePrivate(host, home)
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw refusal(home, error)
  }
  return isOpen ? 'others could read the home directory; it is private now (mode 0700)' : null
}

/** A new home in the place of one that lies beside it, or of half of one, would look like the loss of everything. */
function refuseHalfRestored(home: string): void {
  const half = join(home, unfinishedMark)
  if (existsSync(half)) {
    throw new TraseError('home_unwritable', `a restore into ${home} was ended in the middle`, {
      hint: 'restore again with --force: what was there before lies in a folder before-restore-… in it',
    })
  }
  const [stray] = existsSync(home) ? [] : strayHomes(home)
  if (stray === undefined) return
  throw new TraseError('home_unwritable', `a restore of ${home} was ended between its last two steps`, {
    hint: `finish it: mv ${stray} ${home}`,
  })
}

function makeDirectory(home: string): Stats {
  try {
    makeWithParents(home)
    return statSync(home)
  } catch (error) {
    throw refusal(home, error)
  }
}

/** Node's own `recursive` never ends where a directory is there but takes no entries, such as /proc. */
function makeWithParents(path: string): void {
  try {
    mkdirSync(path, { mode: privateMode })
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return
    const parent = dirname(path)
    if (errnoOf(error) !== 'ENOENT' || statSync(parent, { throwIfNoEntry: false })) throw error
    makeWithParents(parent)
    mkdirSync(path, { mode: privateMode })
  }
}

/** Only what is the gateway's own: to close /tmp or a person's project to everybody else would be a disaster. */
function makePrivate(host: Host, home: string): void {
  if (home === host.env['HOME'] || home === '/' || !isOurs(host, home)) {
    throw new TraseError('home_unwritable', `${home} is not a directory of TraseAI's own, and others can read it`, {
      hint: `set TRASEAI_HOME to a directory in it, such as ${join(home, '.traseai')}`,
    })
  }
  chmodSync(home, privateMode)
}

function isOurs({ paths }: Host, home: string): boolean {
  if (basename(home) === '.traseai') return true
  const entries = readdirSync(home).filter((name) => name !== 'lost+found') // of a disk of its own
  const own = [paths.database, paths.configuration, paths.envFile].map((path) => basename(path))
  return entries.length === 0 || own.some((name) => entries.includes(name))
}

const refusals: Readonly<Record<string, ErrorName>> = { ENOSPC: 'disk_full', EDQUOT: 'disk_full' }

/** What the system said about the home, or a file in it that the gateway cannot do without, as the failure it is. */
export function refusal(path: string, error: unknown): TraseError {
  const code = refusals[errnoOf(error) ?? ''] ?? 'home_unwritable'
  return new TraseError(code, `cannot use ${path}: ${messageOf(error)}`, { cause: error })
}
