// The daemon's log: JSON lines in logs/gateway.log unless a service manager keeps them, and to whoever reads along.
import { pino, type DestinationStream, type Level } from 'pino'
import { messageOf } from '../errors.ts'
import type { Host, Log } from '../host.ts'
import { openLogFile } from './log-file.ts'

/** A log file above this is moved to `gateway.log.1`; one older file is kept. */
const logFileBytesMax = 10 * 1024 * 1024

export interface DaemonLog {
  readonly log: Log
  /** From now on the lines go to the file alone: what ends the process is told to its reader in another way. */
  endReading(): void
  /** Writes what waits at once: the last words of a process. */
  flush(): void
}

/**
 * Opens the log. A file that cannot be written costs its lines and nothing else; whoever reads along is told.
 * @param onLine takes each line (JSON) for a person or the service manager who reads along; absent in the background
 */
export function openDaemonLog({ env, paths }: Pick<Host, 'env' | 'paths'>, onLine?: (line: string) => void): DaemonLog {
  const level: Level = env['TRASEAI_LOG_LEVEL'] === 'debug' ? 'debug' : 'info'
  // systemd sets both for a unit whose output goes to the journal.
  const serviceManaged = env['JOURNAL_STREAM'] !== undefined && env['INVOCATION_ID'] !== undefined
  let reader = onLine
  const streams: { stream: DestinationStream; level: Level }[] = []
  const onFailure = (error: unknown, what: string): void => logger.warn({ error: messageOf(error) }, what)
  const file = serviceManaged ? null : openLogFile({ path: paths.gatewayLog, bytesMax: logFileBytesMax, onFailure })
  if (file) streams.push({ stream: file, level })
  if (reader) streams.push({ stream: { write: (line: string) => reader?.(line.trimEnd()) }, level })
  const logger = pino(
    {
      level,
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
    endReading: () => (reader = undefined),
    flush: () => file?.flush(),
  }
}
