// Who listens on a TCP port of this machine, as far as the kernel lets this user know.
import { basename } from 'node:path'
import { linkOf, namesIn, textOf } from './read-if-allowed.ts'

/** Of the table in /proc/net/tcp, proc(5): local address, state, uid and inode, counted from 0. */
const column = { local: 1, state: 3, uid: 7, inode: 9 } as const
const listenState = '0A'
/** A machine with more is not searched further. */
const processesMax = 5_000

export interface PortOwner {
  /** `nginx (pid 12)`, or `a program of uid 33`. */
  readonly words: string
  /** Null for another user's. */
  readonly pid: number | null
}

/** `nginx (pid 12)` where it may be known, else `another program`. */
export async function whoHasPort(port: number): Promise<string> {
  return (await portOwner(port))?.words ?? 'another program'
}

/** Null when nobody is seen, as on anything but Linux. */
export async function portOwner(port: number): Promise<PortOwner | null> {
  const listeners = (await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf)))
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[column.state] === listenState && portOf(fields[column.local]) === port)
  const [first] = listeners
  if (!first) return null
  const sockets = new Set(listeners.map((fields) => `socket:[${fields[column.inode]}]`))
  return (await processWith(sockets)) ?? { words: `a program of uid ${first[column.uid]}`, pid: null }
}

function portOf(address = ''): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
}

/** Only the descriptors of this user's own processes can be read, and everybody's by root. */
async function processWith(sockets: ReadonlySet<string>): Promise<PortOwner | null> {
  const pids = (await namesIn('/proc')).filter((name) => /^\d+$/.test(name)).slice(0, processesMax)
  for (const pid of pids) {
    for (const fd of await namesIn(`/proc/${pid}/fd`)) {
      if (!sockets.has(await linkOf(`/proc/${pid}/fd/${fd}`))) continue
      return { words: `${await programOf(pid)} (pid ${pid})`, pid: Number(pid) }
    }
  }
  return null
}

/** By its file, because a program may call itself anything: Node from version 24 on says `MainThread`. */
async function programOf(pid: string): Promise<string> {
  const file = basename(await linkOf(`/proc/${pid}/exe`))
  const name = file === '' ? (await textOf(`/proc/${pid}/comm`)).trim() : file
  return name === '' ? 'a program' : name.slice(0, 64)
}
