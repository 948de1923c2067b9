// One gateway a home: an advisory lock that the kernel drops with the process, however that ends.
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import koffi from 'koffi'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { refusal } from './prepare-home.ts'

/** Never through a link: root may take the lock of somebody else's home, and what is at its end would be overwritten. */
const openFlags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
/** flock(2): exclusive, and do not wait. The values are the same on Linux and macOS. */
const lockExclusive = 2
const lockNonBlocking = 4

export interface HomeLock {
  release(): void
}

/**
 * Takes `gateway.lock` and writes this process's pid into it, for people and for the message below.
 * @throws TraseError `gateway_running` with the pid of the gateway that holds it, `home_unwritable`, `disk_full`
 */
export function lockHome(host: Host): HomeLock {
  const lock = lockFile(host, host.paths.lock)
  if (lock === null) throw alreadyRunning(host)
  return lock
}

/**
 * The lock alone, on a file that is made if need be and then holds this process's pid; null while another process has it.
 * It belongs to whoever owns the folder, who could not start a gateway with one of root's.
 * @throws TraseError `home_unwritable`, `disk_full`
 */
export function lockFile(host: Pick<Host, 'pid' | 'uid'>, path: string): HomeLock | null {
  const fd = attempt(path, () => openLock(host, path))
  const libc = koffi.load(null)
  const flock = libc.func('int flock(int fd, int operation)') as (fd: number, operation: number) => number // koffi types every function as any
  if (flock(fd, lockExclusive | lockNonBlocking) !== 0) {
    closeSync(fd)
    return null
  }
  attempt(path, () => {
    ftruncateSync(fd)
    writeSync(fd, `${host.pid}\n`)
  })
  return {
    // The file stays: removing it would let two gateways lock two different files of the same name.
    release: () => closeSync(fd),
  }
}

function openLock({ uid }: Pick<Host, 'uid'>, path: string): number {
  const fd = openSync(path, openFlags, 0o600)
  const file = fstatSync(fd)
  if (!file.isFile() || file.nlink > 1) {
    closeSync(fd)
    throw new Error('it is no file of its own')
  }
  const owner = statSync(dirname(path))
  if (uid === 0 && file.uid !== owner.uid) fchownSync(fd, owner.uid, owner.gid)
  return fd
}

/** A lock that was taken ends with the process, which such a failure ends. */
function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refusal(path, error)
  }
}

function alreadyRunning(host: Host): TraseError {
  const pid = Number.parseInt(readFileSync(host.paths.lock, 'utf8'), 10)
  const who = Number.isInteger(pid) ? `pid ${pid}` : 'another process'
  return new TraseError('gateway_running', `a gateway already serves ${host.paths.home} (${who})`, {
    data: Number.isInteger(pid) ? { pid } : {},
  })
}
