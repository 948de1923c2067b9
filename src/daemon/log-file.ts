// The daemon's log file: written behind, moved aside when it is large, and never a reason for the gateway to fail.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, write as writeBehind, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { errnoOf } from '../errors.ts'

export interface LogFile {
  /**
   * Takes one line or several, which are written behind: some are told while a model request is under way, and that waits for no disk.
   * Lines that cannot be written are lost; what they could not be written to is tried again with the next one.
   */
  write(lines: string | Buffer, count?: number): void
  /** Lines that were lost so far because too many waited. */
  linesLost(): number
  /** Writes what waits at once: the last words of a process. */
  flush(): void
}

export interface LogFileOptions {
  readonly path: string
  /** A file above this is moved to `<path>.1`; one older file is kept. */
  readonly bytesMax: number
  /** Told once of each thing that fails. */
  onFailure(error: unknown, what: string): void
  /** Told when there is room again, with the number of lines that were lost meanwhile. */
  onLost(lines: number): void
}

/** What may wait for a slow disk; lines above it are lost. */
const waitingBytesMax = 4_194_304
/** Lines that wait are written together. */
const writeBytesMax = 262_144

const cannotWrite = 'the log file cannot be written'
const writeAsync = promisify(writeBehind) as (fd: number, bytes: Buffer) => Promise<unknown> // of its forms the one with bytes alone

/** Opens the file with its first line. */
export function openLogFile(options: LogFileOptions): LogFile {
  const failed = tellOnce(options)
  const target = openTarget(options, failed)
  const waiting: Buffer[] = []
  let waitingBytes = 0
  let isWriting = false
  let lost = 0
  let lostTold = 0

  /** The next lines that wait and where they go; null when nothing waits. Lines that have nowhere to go are lost. */
  function next(): { readonly lines: Buffer; readonly fd: number } | null {
    for (let lines = waiting.shift(); lines; lines = waiting.shift()) {
      waitingBytes -= lines.length
      const fd = target.roomFor(lines.length)
      if (fd !== null) return { lines: Buffer.concat([lines, ...together(lines.length)]), fd }
    }
    return null
  }

  /** The lines that fit behind some bytes into the same write and file. */
  function together(bytes: number): Buffer[] {
    let joined = bytes
    const fits = waiting.findIndex(({ length }) => {
      const isTooMuch = joined + length > writeBytesMax || !target.hasRoomFor(length)
      if (!isTooMuch) joined += target.take(length)
      return isTooMuch
    })
    waitingBytes -= joined - bytes
    return waiting.splice(0, fits < 0 ? waiting.length : fits)
  }

  async function drain(): Promise<void> {
    for (let each = next(); each; each = next()) {
      await writeAsync(each.fd, each.lines).catch((error: unknown) => failed(error, cannotWrite))
    }
    isWriting = false
    if (lost === lostTold) return
    const newly = lost - lostTold
    lostTold = lost
    options.onLost(newly)
  }

  return {
    write(lines, count = 1) {
      const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
      if (waitingBytes + bytes.length > waitingBytesMax) {
        lost += count
        return
      }
      waiting.push(bytes)
      waitingBytes += bytes.length
      if (isWriting) return
      isWriting = true
      setImmediate(() => void drain())
    },
    linesLost: () => lost,
    flush() {
      for (let each = next(); each; each = next()) {
        try {
          writeSync(each.fd, each.lines)
        } catch (error) {
          failed(error, cannotWrite)
        }
      }
    },
  }
}

type Failed = (error: unknown, what: string) => void

/** Only what the system refuses may fail here; anything else is a defect. */
function tellOnce({ onFailure }: LogFileOptions): Failed {
  const told = new Set<string>()
  return (error, what) => {
    if (errnoOf(error) === undefined) throw error
    if (told.has(what)) return
    told.add(what)
    onFailure(error, what)
  }
}

interface Target {
  /** Counts what it is asked for, and gives null while there is no file. */
  roomFor(lineBytes: number): number | null
  /** Whether the open file can take that much more. */
  hasRoomFor(lineBytes: number): boolean
  /** Counts what goes into the open file; gives it back. */
  take(lineBytes: number): number
}

function openTarget({ path, bytesMax }: LogFileOptions, failed: Failed): Target {
  let fd: number | null = null
  let bytes = 0

  function open(): void {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      fd = openSync(path, 'a', 0o600)
      bytes = fstatSync(fd).size
    } catch (error) {
      failed(error, 'the log file cannot be opened')
    }
  }

  /** One that somebody removed is begun anew; one that cannot be moved grows on, and is tried again when it has doubled. */
  function moveAside(opened: number): void {
    bytes = 0
    try {
      renameSync(path, `${path}.1`)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return failed(error, 'the log file cannot be moved aside and grows on')
    }
    fd = null
    closeSync(opened)
  }

  return {
    roomFor(lineBytes) {
      if (fd !== null && bytes + lineBytes > bytesMax) moveAside(fd)
      if (fd === null) open()
      bytes += lineBytes
      return fd
    },
    take(lineBytes) {
      bytes += lineBytes
      return lineBytes
    },
    hasRoomFor: (lineBytes) => fd !== null && bytes + lineBytes <= bytesMax,
  }
}
