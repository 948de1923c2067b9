// The daemon's log: JSON lines in logs/gateway.log unless a service manager keeps them, and to whoever reads along.
import { pino, type DestinationStream, type Level } from 'pino'
import { messageOf } from '../errors.ts'
import type { Host, Log } from '../host.ts'
import { openLogFile } from './log-file.ts'

/** A log file above this is moved to `gateway.log.1`; one older file is kept. */
const logFileBytesMax = 10 * 1024 * 1024

/** Of lines that come together; who reads along is told how many more there are. */
const readLinesMax = 50

export interface DaemonLog {
  readonly log: Log
  /** Takes lines that are written already, each with its end: of requests, of which there may be more than anybody reads along. */
  append(lines: Buffer, count: number): void
  /** Called at each `flush` by whoever gathers lines for `append`. */
  onFlush(gathered: () => void): void
  /** Lines that no file took because too many waited for the disk. */
  linesLost(): number
  /** From now on the lines go to the file alone: what ends the process is told to its reader in another way. */
  endReading(): void
  /** Writes what waits at once: the last words of a process. */
  flush(): void
}

/**
 * Opens the log. A file that cannot be written costs its lines and nothing else; whoever reads along is told.
 * @param onLine takes each line (JSON) for a person or the service manager who reads along; absent in the background
 */
export function openDaemonLog(
  host: Pick<Host, 'env' | 'paths' | 'now' | 'monotonicMs' | 'setTimer'>,
  onLine?: (line: string) => void,
): DaemonLog {
  const { env, paths, now } = host
  const level: Level = env['TRASEAI_LOG_LEVEL'] === 'debug' ? 'debug' : 'info'
  // systemd sets both for a unit whose output goes to the journal.
  const serviceManaged = env['JOURNAL_STREAM'] !== undefined && env['INVOCATION_ID'] !== undefined
  let reader = onLine
  let flushGathered = (): void => {}
  const streams: { stream: DestinationStream; level: Level }[] = []
  const onFailure = (error: unknown, what: string): void => logger.warn({ error: messageOf(error) }, what)
  const onLost = (lines: number): void =>
    logger.warn({ lines }, 'lines of the log were lost: the disk did not take them in time')
  const options = { host, path: paths.gatewayLog, bytesMax: logFileBytesMax, onFailure, onLost }
  const file = serviceManaged ? null : openLogFile(options)
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
  const tellReader = (text: Buffer, count: number): void => {
    if (!reader) return
    for (const line of text.toString().split('\n', Math.min(count, readLinesMax))) reader(line)
    const more = count - readLinesMax
    if (more > 0)
      reader(JSON.stringify({ level: 'info', time: new Date(now()).toISOString(), requests: more, msg: manyMore }))
  }
  return {
    append(lines, count) {
      file?.write(lines, count)
      tellReader(lines, count)
    },
    linesLost: () => file?.linesLost() ?? 0,
    log: {
      debug: (fields, message) => logger.debug(fields, message),
      info: (fields, message) => logger.info(fields, message),
      warn: (fields, message) => logger.warn(fields, message),
      error: (fields, message) => logger.error(fields, message),
    },
    endReading: () => (reader = undefined),
    onFlush: (listener) => (flushGathered = listener),
    flush() {
      flushGathered()
      file?.flush()
    },
  }
}

const manyMore = 'further model requests, too many to read along'
