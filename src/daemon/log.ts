// The daemon's log: JSON lines in logs/gateway.log unless a service manager keeps them, and to whoever reads along.
import { mkdirSync, renameSync, statSync } from 'node:fs'
import { pino, type DestinationStream, type Level } from 'pino'
import type { HomePaths, Log } from '../host.ts'

/** A log file above this is moved to `gateway.log.1`; one older file is kept. */
const logFileBytesMax = 10 * 1024 * 1024

export interface DaemonLog {
  readonly log: Log
  /** From now on the lines go to the file alone: what ends the process is told to its reader in another way. */
  endReading(): void
  /** Writes what is waiting; for the last words of a process. */
  flush(): void
}

export interface LogOptions {
  readonly paths: HomePaths
  /** Set by systemd for a unit whose output goes to the journal. */
  readonly serviceManaged: boolean
  /** For a person or the service manager who reads along; absent in the background. */
  readonly onLine?: (line: string) => void
  readonly level: Level
}

/** Opens the log. A file that cannot be written costs its lines and nothing else. */
export function openDaemonLog(options: LogOptions): DaemonLog {
  const file = options.serviceManaged ? null : openLogFile(options.paths)
  const streams: { stream: DestinationStream; level: Level }[] = []
  if (file) streams.push({ stream: file.stream, level: options.level })
  let { onLine } = options
  if (onLine) streams.push({ stream: { write: (line: string) => onLine?.(line.trimEnd()) }, level: options.level })
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.multistream(streams),
  )
  return {
    log: {
      debug: (fields, message) => logger.debug(fields, message),
      info: (fields, message) => logger.info(fields, message),
      warn: (fields, message) => logger.warn(fields, message),
      error: (fields, message) => logger.error(fields, message),
    },
    endReading: () => (onLine = undefined),
    flush: () => file?.flush(),
  }
}

function openLogFile(paths: HomePaths): { stream: DestinationStream; flush(): void } {
  try {
    mkdirSync(paths.logs, { recursive: true, mode: 0o700 })
  } catch {
    // Such as a full disk: opening the file fails for the same reason, which is dealt with below.
  }
  const destination = pino.destination({ dest: paths.gatewayLog, mode: 0o600, sync: false, append: true })
  // A full disk must not end the gateway: lines are lost, and the console and the RPC status still tell.
  destination.on('error', () => undefined)
  let bytes = sizeOf(paths.gatewayLog)
  return {
    stream: {
      write(line: string): void {
        bytes += line.length
        if (bytes > logFileBytesMax) {
          bytes = line.length
          rotate(paths.gatewayLog, () => destination.reopen())
        }
        destination.write(line)
      },
    },
    flush: () => {
      try {
        destination.flushSync()
      } catch {
        // Not open yet or the disk is full: nothing more can be written, and the process is ending.
      }
    },
  }
}

function rotate(file: string, reopen: () => void): void {
  try {
    renameSync(file, `${file}.1`)
  } catch {
    return // the file was removed by hand: reopening would lose nothing, writing goes on where it was
  }
  reopen()
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
