// The daemon's log: JSON lines in logs/gateway.log unless a service manager keeps them, and to whoever reads along.
import { pino, type DestinationStream, type Level } from 'pino'
import { messageOf } from '../errors.ts'
import type { HomePaths, Log } from '../host.ts'
import { openLogFile } from './log-file.ts'

/** A log file above this is moved to `gateway.log.1`; one older file is kept. */
const logFileBytesMax = 10 * 1024 * 1024

export interface DaemonLog {
  readonly log: Log
  /** From now on the lines go to the file alone: what ends the process is told to its reader in another way. */
  endReading(): void
}

export interface LogOptions {
  readonly paths: HomePaths
  /** Set by systemd for a unit whose output goes to the journal. */
  readonly serviceManaged: boolean
  /** For a person or the service manager who reads along; absent in the background. */
  readonly onLine?: (line: string) => void
  readonly level: Level
}

/** Opens the log. A file that cannot be written costs its lines and nothing else; whoever reads along is told. */
export function openDaemonLog(options: LogOptions): DaemonLog {
  const streams: { stream: DestinationStream; level: Level }[] = []
  if (!options.serviceManaged) {
    const stream = openLogFile({
      path: options.paths.gatewayLog,
      bytesMax: logFileBytesMax,
      onFailure: (error, what) => logger.warn({ error: messageOf(error) }, what),
    })
    streams.push({ stream, level: options.level })
  }
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
  }
}
