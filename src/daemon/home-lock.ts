// One gateway a home: an advisory lock that the kernel drops with the process, however that ends.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import koffi from 'koffi'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { refusal } from './prepare-home.ts'

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
 * @throws TraseError `home_unwritable`, `disk_full`
 */
export function lockFile(host: Pick<Host, 'pid'>, path: string): HomeLock | null {
  const fd = attempt(path, () => openSync(path, 'a+', 0o600))
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
