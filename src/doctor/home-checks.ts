// Whether the home directory and what lies in it is ours, and nobody else's to read or write.
import type { Stats } from 'node:fs'
import { chmod, rm, stat } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { temporaryName } from '../sources/write-private-file.ts'
import type { Finding, HostDeps } from './check.ts'
import { homeEntries, type HomeEntry, modeText } from './home-entries.ts'

const othersMask = 0o077
const writableByOthersMask = 0o022

/** True for a home of the user that this program runs as, and for one that is not there. */
export async function isOurs({ uid, paths }: Host): Promise<boolean> {
  const stats = await homeStats(paths.home)
  return stats === null || uid === -1 || stats.uid === uid
}

export async function checkHome({ host }: HostDeps): Promise<readonly Finding[]> {
  const { home } = host.paths
  const stats = await homeStats(home)
  if (stats === null) return [{ severity: 'ok', message: `${home} is not there yet: the first start makes it` }]
  if (!stats.isDirectory()) {
    return [{ severity: 'error', message: `${home} is not a directory`, hint: 'move it away, or set TRASEAI_HOME' }]
  }
  const ours = host.uid === -1 || stats.uid === host.uid
  const mode = stats.mode & 0o777
  const open: Finding = {
    severity: 'error',
    message: `${home} can be ${mode & writableByOthersMask ? 'written' : 'read'} by others (mode ${modeText(mode)})`,
    ...mended(home, 0o700, ours && mayClose(host)),
  }
  const strange: Finding = {
    severity: 'error',
    message: `${home} belongs to uid ${stats.uid}, and this program runs as uid ${host.uid}`,
    hint: 'run it as the owner, or set TRASEAI_HOME to a directory of your own',
  }
  return [...(ours ? [] : [strange]), ...(mode & othersMask ? [open] : [])]
}

export async function checkFileModes({ host }: HostDeps): Promise<readonly Finding[]> {
  const entries = await homeEntries(host.paths.home)
  return entries.flatMap((entry) => [...ownerFinding(host, entry), ...modeFinding(host, entry)])
}

/** A temporary file of ours lives for milliseconds; one that is this old was left behind by an end in the middle. */
const leftoverMs = 3_600_000
/** Of storage/create-database.ts, which cannot be loaded here: it brings SQLite. */
const newDatabaseName = /\.[0-9a-f]{12}\.new(-journal|-wal|-shm)?$/

export async function checkLeftovers({ host }: HostDeps): Promise<readonly Finding[]> {
  const entries = await homeEntries(host.paths.home)
  const left = entries.filter(
    ({ name, kind, changedAt }) => kind === 'file' && isTemporary(name) && host.now() - changedAt > leftoverMs,
  )
  return left.map(({ path }) => ({
    severity: 'warning',
    message: `${path} was left behind by a program that ended in the middle of writing`,
    fix: async () => {
      await rm(path, { force: true })
      return 'it is removed'
    },
  }))
}

function isTemporary(name: string): boolean {
  return temporaryName.test(name) || newDatabaseName.test(name)
}

/** Null when it is not there. */
function homeStats(home: string): Promise<Stats | null> {
  return stat(home).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  })
}

/** The user's own home directory, or the root, is nobody's to close. */
function mayClose({ env, paths: { home } }: Host): boolean {
  return home !== env['HOME'] && home !== '/'
}

function mended(path: string, mode: number, mayFix: boolean): Pick<Finding, 'fix' | 'hint'> {
  if (!mayFix) return { hint: `make it private as its owner: chmod ${modeText(mode)} ${path}` }
  return {
    fix: async () => {
      await chmod(path, mode)
      return `its mode is ${modeText(mode)} now`
    },
  }
}

function ownerFinding(host: Host, { path, uid }: HomeEntry): Finding[] {
  if (host.uid === -1 || uid === host.uid) return []
  if (uid === 0 && path === host.paths.socket) return [] // systemd has made it, for a gateway of the machine
  const hint = `give it to uid ${host.uid} as root: chown ${host.uid} ${path}`
  return [{ severity: 'error', message: `${path} belongs to uid ${uid}, not to uid ${host.uid}`, hint }]
}

/** The files that hold secrets in the clear, or open what is sealed. */
function isSecret({ paths }: Host, path: string): boolean {
  return path === paths.vaultKey
}

function modeFinding(host: Host, entry: HomeEntry): Finding[] {
  const { path, kind, mode, uid } = entry
  if ((mode & othersMask) === 0 || kind === 'other') return []
  const verb = mode & writableByOthersMask ? 'written' : kind === 'socket' ? 'opened' : 'read'
  const wanted = kind === 'directory' ? 0o700 : 0o600
  const place = relative(host.paths.home, path) || basename(path)
  return [
    {
      severity: isSecret(host, path) || mode & writableByOthersMask ? 'error' : 'warning',
      message: `${place} can be ${verb} by others (mode ${modeText(mode)})`,
      // What a link leads to may lie anywhere, and may be meant for others.
      ...mended(path, wanted, kind !== 'link' && uid === host.uid),
    },
  ]
}
