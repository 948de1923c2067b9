// The daemon's log file: written behind, moved aside when it is large, and never a reason for the gateway to fail.
import { write as writeBehind, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { type Lines, openWaitingLines } from './log-lines.ts'
import { cannotOpen, type LogTarget, openLogTarget } from './log-target.ts'

export interface LogFile {
  /**
   * Takes one line or several, which are written behind: some are told while a model request is under way, and that waits for no disk.
   * Lines that cannot be written wait until they can.
   */
  write(lines: string | Buffer, count?: number): void
  /** Lines that were lost so far because too many waited. */
  linesLost(): number
  /** Writes what waits at once: the last words of a process. */
  flush(): void
}

export interface LogFileOptions {
  readonly host: Pick<Host, 'monotonicMs' | 'setTimer'>
  readonly path: string
  /** A file above this is moved to `<path>.1`; one older file is kept. */
  readonly bytesMax: number
  /** Where the lines go in place of a file at `path`. */
  readonly target?: LogTarget
  /** Told once of each thing that fails, and again when it had gone well in between. */
  onFailure(error: unknown, what: string): void
  /** Told when there is room again, with the number of lines that were lost meanwhile. */
  onLost(lines: number): void
}

/** Lines that wait are written together. */
const writeBytesMax = 262_144
/** After a refusal. */
const retryMs = 1_000

const cannotWrite = 'the log file cannot be written'
const writeAsync = promisify(writeBehind) as unknown as (
  // of its forms the one with bytes alone
  fd: number,
  bytes: Buffer,
) => Promise<{ readonly bytesWritten: number }>

/** Opens the file with its first line. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { host } = options
  const failures = tellOnce(options)
  const target = options.target ?? openLogTarget({ ...options, failed: failures.failed })
  const waiting = openWaitingLines()
  const loss = openLoss(options.onLost)
  let isWriting = false

  function take(): Lines {
    const fits = (soFar: number, bytes: number): boolean =>
      soFar + bytes <= writeBytesMax && target.hasRoomFor(soFar + bytes)
    const lines = waiting.take(fits)
    target.count(lines.bytes.length)
    return lines
  }

  /** What the disk did not take waits on, from the very byte. */
  function isWhole({ bytes, count }: Lines, { written, error }: Outcome): boolean {
    if (error === null) {
      failures.over()
      return true
    }
    failures.failed(error, cannotWrite)
    target.count(written - bytes.length)
    waiting.putBack({ bytes: bytes.subarray(written), count })
    return false
  }

  async function writeSome(fd: number): Promise<boolean> {
    const lines = take()
    return isWhole(lines, await writeBytes(fd, lines.bytes))
  }

  function writeSomeNow(fd: number): boolean {
    const lines = take()
    return isWhole(lines, writeBytesNow(fd, lines.bytes))
  }

  async function drain(): Promise<void> {
    for (let bytes = waiting.firstBytes(); bytes !== null; bytes = waiting.firstBytes()) {
      const fd = await target.ready(bytes)
      if (fd === null || !(await writeSome(fd))) return void host.setTimer(retryMs, () => void drain())
    }
    isWriting = false
    loss.tell()
  }

  return {
    write(lines, count = 1) {
      const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
      if (!waiting.add({ bytes, count })) return loss.add(count)
      if (isWriting) return
      isWriting = true
      setImmediate(() => void drain())
    },
    linesLost: () => loss.lines(),
    flush() {
      for (let bytes = waiting.firstBytes(); bytes !== null; bytes = waiting.firstBytes()) {
        const fd = target.readyNow(bytes)
        if (fd === null || !writeSomeNow(fd)) return
      }
      loss.tell()
    },
  }
}

interface Outcome {
  readonly written: number
  /** Null when all of it was. */
  readonly error: unknown
}

/** A disk that is nearly full takes the beginning alone. */
async function writeBytes(fd: number, bytes: Buffer): Promise<Outcome> {
  let written = 0
  try {
    while (written < bytes.length) written += (await writeAsync(fd, bytes.subarray(written))).bytesWritten
    return { written, error: null }
  } catch (error) {
    return { written, error }
  }
}

function writeBytesNow(fd: number, bytes: Buffer): Outcome {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written)
    return { written, error: null }
  } catch (error) {
    return { written, error }
  }
}

interface Loss {
  add(lines: number): void
  lines(): number
  /** What was lost since it was told last, if anything was. */
  tell(): void
}

function openLoss(onLost: (lines: number) => void): Loss {
  let lost = 0
  let told = 0
  return {
    add: (lines) => void (lost += lines),
    lines: () => lost,
    tell() {
      if (lost === told) return
      const newly = lost - told
      told = lost
      onLost(newly)
    },
  }
}

/** Only what the system refuses may fail here; anything else is a defect. */
function tellOnce({ onFailure }: LogFileOptions): { failed(error: unknown, what: string): void; over(): void } {
  const told = new Set<string>()
  return {
    failed(error, what) {
      if (errnoOf(error) === undefined) throw error
      if (told.has(what)) return
      told.add(what)
      onFailure(error, what)
    },
    over: () => [cannotOpen, cannotWrite].forEach((what) => told.delete(what)),
  }
}
