// The daemon's log: lines for systemd's journal where that reads them, else JSON lines in logs/gateway.log, and to whoever reads along.
import { pino, type DestinationStream, type Level } from 'pino'
import { messageOf } from '../errors.ts'
import type { Host, Log } from '../host.ts'
import { isJournal, journalLine } from '../service/process/journal.ts'
import { openLogFile } from './log-file.ts'
import { streamTarget } from './log-target.ts'

/** A log file above this is moved to `gateway.log.1`; one older file is kept. */
const logFileBytesMax = 10 * 1024 * 1024

/** Of lines that come together, ten times a second at most; who reads along is told how many more there are. */
const readLinesMax = 50
/** The journal takes 10,000 lines in 30 s of a service (RateLimitBurst), and then loses all others with them. */
const journalLinesMax = 20
const stderr = 2

export interface DaemonLog {
  readonly log: Log
  /** Takes lines that are written already, each with its end: of requests, of which there may be more than anybody reads along. */
  append(lines: Buffer, count: number): void
  /** Called at each `flush` by whoever gathers lines for `append`. */
  onFlush(gathered: () => void): void
  /** Lines that no file took because too many waited for the disk. */
  linesLost(): number
  /** From now on the lines go to the file alone: what ends the process is told to its reader, which the journal is too, in another way. */
  endReading(): void
  /** Writes what waits at once: the last words of a process. */
  flush(): void
}

/**
 * Opens the log. A file that cannot be written costs its lines and nothing else; whoever reads along is told.
 * @param onLine takes each line (JSON) for a person who reads along; absent in the background
 * @param stream what may be read by the journal, which then gets the lines in place of the file and of `onLine`
 */
export function openDaemonLog(
  host: Pick<Host, 'env' | 'paths' | 'now' | 'monotonicMs' | 'setTimer'>,
  onLine?: (line: string) => void,
  stream = stderr,
): DaemonLog {
  const { env, paths, now } = host
  const level: Level = env['TRASEAI_LOG_LEVEL'] === 'debug' ? 'debug' : 'info'
  let flushGathered = (): void => {}
  const streams: { stream: DestinationStream; level: Level }[] = []
  const onFailure = (error: unknown, what: string): void => logger.warn({ error: messageOf(error) }, what)
  const onLost = (lines: number): void =>
    logger.warn({ lines }, 'lines of the log were lost: the disk did not take them in time')
  const options = { host, path: paths.gatewayLog, bytesMax: logFileBytesMax, onFailure, onLost }
  const journal = isJournal(env, stream) ? openLogFile({ ...options, target: streamTarget(stream) }) : null
  const file = journal === null ? openLogFile(options) : null
  let reader = journal === null ? onLine : (line: string): void => journal.write(journalLine(line))
  const linesMax = journal === null ? readLinesMax : journalLinesMax
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
    for (const line of text.toString().split('\n', Math.min(count, linesMax))) reader(line)
    const more = count - linesMax
    if (more > 0)
      reader(JSON.stringify({ level: 'info', time: new Date(now()).toISOString(), requests: more, msg: manyMore }))
  }
  return {
    append(lines, count) {
      file?.write(lines, count)
      tellReader(lines, count)
    },
    linesLost: () => (journal ?? file)?.linesLost() ?? 0,
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
      journal?.flush()
    },
  }
}

const manyMore = 'further model requests, too many to read along'
