// Whether the machine below is fit: room on the disk, a clock that is right, a Node that we were tried with.
import { readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRecord } from '../domain/json-record.ts'
import { isoInstant } from '../domain/events.ts'
import { errnoOf } from '../errors.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

const mebibyte = 1_048_576
/** The database, its -wal and a log file grow to some ten megabytes in everyday use. */
const bytesLow = 100 * mebibyte
const bytesScarce = 10 * mebibyte
const inodesLow = 1_000
const inodesScarce = 50

export async function checkDisk({ host }: HostDeps): Promise<readonly Finding[]> {
  const { home } = host.paths
  const { bavail, bsize, files, ffree } = await statfs(home).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return statfs(dirname(home)) // not made yet
    throw error
  })
  const bytesFree = bavail * bsize
  const found: Finding[] = []
  const hint = 'free some space: without it nothing can be recorded or stored'
  if (bytesFree < bytesLow) {
    const message = `the disk of ${home} has ${Math.floor(bytesFree / mebibyte)} MiB left`
    found.push({ severity: bytesFree < bytesScarce ? 'error' : 'warning', message, hint })
  }
  // A file system that makes them as they are needed says 0 of 0.
  if (files > 0 && ffree < inodesLow) {
    const message = `the disk of ${home} has room for ${ffree} files more (inodes)`
    found.push({ severity: ffree < inodesScarce ? 'error' : 'warning', message, hint })
  }
  return found
}

/** A clock that is off by less is nothing a person would notice. */
const clockToleranceMs = 60_000
const clockHint = 'set the clock, for example with timedatectl; expiry and cooldowns go by it'

/** Nobody can have installed the program later than now. */
export async function checkClock({ host, packageRoot }: HostDeps): Promise<readonly Finding[]> {
  const { ctimeMs } = await stat(join(packageRoot, 'package.json'))
  if (host.now() >= ctimeMs - clockToleranceMs) return []
  const message = `the clock says ${isoInstant(host.now())}, before this program was installed (${isoInstant(ctimeMs)})`
  return [{ severity: 'error', message, hint: clockHint }]
}

/** Nor can anything have happened later than now. */
export async function checkClockSetBack({ host }: HostDeps, { log }: LiveDeps): Promise<readonly Finding[]> {
  const [newest] = await log.read({ limit: 1, order: 'desc' })
  if (!newest || host.now() >= newest.at - clockToleranceMs) return []
  const message = `the clock says ${isoInstant(host.now())}, but the newest event happened at ${isoInstant(newest.at)}: it was set back`
  return [{ severity: 'warning', message, hint: clockHint }]
}

/** The newest major version that the tests run on. */
const newestMajor = 26

export async function checkNode({ host, packageRoot }: HostDeps): Promise<readonly Finding[]> {
  const least = await leastNode(packageRoot)
  const [major = 0, minor = 0] = host.nodeVersion.split('.').map(Number)
  const hint = `run it with Node ${least.join('.')} to ${newestMajor}`
  const message = `Node ${host.nodeVersion} (${host.execPath}) is`
  if (major < least[0] || (major === least[0] && minor < least[1])) {
    return [{ severity: 'error', message: `${message} too old`, hint }]
  }
  return major > newestMajor
    ? [{ severity: 'warning', message: `${message} newer than any this was tried with`, hint }]
    : []
}

/** `engines.node` of package.json, which is written as `>=20.19.0`. */
async function leastNode(packageRoot: string): Promise<readonly [number, number]> {
  const about: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'))
  const engines = isRecord(about) ? about['engines'] : undefined
  const range = isRecord(engines) ? engines['node'] : undefined
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(typeof range === 'string' ? range : '') ?? []
  return [Number(major), Number(minor)]
}
