// Where the lines of the log go: the open file, moved aside when it is large, opened anew when another one lies at its path.
import * as fs from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { identityOf } from '../sources/path-identity.ts'

export interface LogTarget {
  /** A descriptor of a file with room for that much, without making this thread wait for the disk; null when there is none. */
  ready(lineBytes: number): Promise<number | null>
  /** The same at once. */
  readyNow(lineBytes: number): number | null
  /** Whether the open file can take that much more. */
  hasRoomFor(lineBytes: number): boolean
  /** Counts what goes into the open file, less than nothing for what did not. */
  count(lineBytes: number): void
}

export interface LogTargetOptions {
  readonly host: Pick<Host, 'monotonicMs'>
  readonly path: string
  /** A file above this is moved to `<path>.1`; one older file is kept. */
  readonly bytesMax: number
  failed(error: unknown, what: string): void
}

export const cannotOpen = 'the log file cannot be opened'

interface Opened {
  readonly fd: number
  readonly dev: number
  readonly ino: number
}

/** How often it is looked whether the file is still there: something may clean up, or lay another disk over it. */
const lookEveryMs = 5_000
const how = { directory: { recursive: true, mode: 0o700 }, flags: 'a', mode: 0o600 } as const
const open = promisify(fs.open)
const fstat = promisify(fs.fstat)
const close = promisify(fs.close)

export function openLogTarget({ host, path, bytesMax, failed }: LogTargetOptions): LogTarget {
  let opened: Opened | null = null
  const home = dirname(dirname(path))
  /** The home that it was opened in; null when nobody looked. */
  let homeThen: string | null = null
  let bytes = 0
  let lookedAtMs = 0

  function begin(fd: number, { dev, ino, size }: fs.Stats): void {
    opened = { fd, dev, ino }
    bytes = size
    lookedAtMs = host.monotonicMs()
  }

  /** A file that nobody finds any more takes no further lines. */
  async function look({ fd, dev, ino }: Opened): Promise<void> {
    lookedAtMs = host.monotonicMs()
    const found = await stat(path).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error
      return errnoOf(error) === 'ENOENT' ? null : { dev, ino } // what cannot be seen may well be there
    })
    if (found?.dev === dev && found.ino === ino) return
    // Its whole disk is away and not the file: nothing is to be made in the directory below.
    if (found === null && homeThen !== null && (await identityOf(home)) !== homeThen) return
    opened = null
    await close(fd).catch((error: unknown) => failed(error, 'the log file cannot be closed'))
  }

  /** One that somebody removed is begun anew; one that cannot be moved grows on, and is tried again when it has doubled. */
  function moveAside({ fd }: Opened): void {
    bytes = 0
    try {
      fs.renameSync(path, `${path}.1`)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return failed(error, 'the log file cannot be moved aside and grows on')
    }
    opened = null
    fs.closeSync(fd)
  }

  return {
    async ready(lineBytes) {
      if (opened !== null && bytes + lineBytes > bytesMax) moveAside(opened)
      if (opened !== null && host.monotonicMs() - lookedAtMs >= lookEveryMs) await look(opened)
      if (opened === null) {
        homeThen = await identityOf(home)
        await openBehind(path).then(
          ({ fd, stats }) => begin(fd, stats),
          (error: unknown) => failed(error, cannotOpen),
        )
      }
      return fdOf(opened)
    },
    readyNow(lineBytes) {
      if (opened !== null && bytes + lineBytes > bytesMax) moveAside(opened)
      try {
        if (opened === null) {
          const { fd, stats } = openNow(path)
          begin(fd, stats)
        }
      } catch (error) {
        failed(error, cannotOpen)
      }
      return fdOf(opened)
    },
    hasRoomFor: (lineBytes) => opened !== null && bytes + lineBytes <= bytesMax,
    count: (lineBytes) => void (bytes += lineBytes),
  }
}

/** A stream that is open already, and has room for everything. */
export function streamTarget(fd: number): LogTarget {
  return { ready: async () => fd, readyNow: () => fd, hasRoomFor: () => true, count() {} }
}

interface Found {
  readonly fd: number
  readonly stats: fs.Stats
}

async function openBehind(path: string): Promise<Found> {
  await mkdir(dirname(path), how.directory)
  const fd = await open(path, how.flags, how.mode)
  return { fd, stats: await fstat(fd) }
}

function openNow(path: string): Found {
  fs.mkdirSync(dirname(path), how.directory)
  const fd = fs.openSync(path, how.flags, how.mode)
  return { fd, stats: fs.fstatSync(fd) }
}

const fdOf = (opened: Opened | null): number | null => opened?.fd ?? null
