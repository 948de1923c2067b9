// The log that systemd's journal keeps of a service, printed as `gateway logs` prints the file.
import { createInterface } from 'node:readline'
import { isRecord } from '../../../domain/json-record.ts'
import { errnoOf, TraseError } from '../../../errors.ts'
import type { ServiceManager } from '../../../service/init-system.ts'
import type { Context } from '../../context.ts'
import type { LogOptions } from '../../interactive-bundle.ts'
import { renderLogLine } from '../../render/log-line.ts'

/** Resolves when journalctl has ended. @throws TraseError `program_missing`; `service_manager` with what journalctl complains */
export async function printServiceLog(
  { host, io }: Pick<Context, 'host' | 'io'>,
  manager: ServiceManager,
  options: LogOptions,
): Promise<void> {
  const [program, ...args] = manager.logCommand(options) ?? []
  if (program === undefined) return
  const child = host.spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(failure(program, error)))
    child.once('close', resolve)
  })
  ended.catch(() => undefined) // it is awaited when there is nothing more to read
  let lines = 0
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const record = logRecord(line)
      if (record === null) continue
      lines += 1
      const { pid, ...said } = record
      io.line(io.json ? JSON.stringify({ ...said, pid }) : renderLogLine(JSON.stringify(said), io.paint))
    }
  }
  const status = await ended
  if (status !== 0 && status !== null) {
    throw new TraseError('service_manager', `${program} ended with exit status ${status}`)
  }
  if (lines === 0 && options.lines > 0) io.note(emptyLog(host.uid))
}

/** The journal shows a user nothing rather than a refusal: journalctl(1). */
function emptyLog(uid: number): string {
  const who = uid === 0 ? '' : ' to this user; root and the groups adm and systemd-journal see all of it'
  return `note: the journal shows nothing of the service${who}`
}

/** Syslog's priorities as levels of our log; 0 to 2 are worse than any error. */
const levels = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const

interface LogRecord {
  readonly time: string
  readonly level: string
  readonly msg: string
  /** `systemd` when it speaks of the service itself. */
  readonly from?: string
  /** Of the gateway, which changes with each restart. */
  readonly pid?: number
}

/** One entry of `journalctl --output=json`, systemd.journal-fields(7), with the names that the log's own lines have. Null for what is none. */
export function logRecord(line: string): LogRecord | null {
  const entry = parseEntry(line)
  if (entry === null) return null
  const { PRIORITY, MESSAGE, SYSLOG_IDENTIFIER, __REALTIME_TIMESTAMP: microseconds, _PID } = entry
  const from = typeof SYSLOG_IDENTIFIER === 'string' ? SYSLOG_IDENTIFIER : null
  return {
    time: new Date(Number(microseconds) / 1_000).toISOString(),
    level: levels[Number(PRIORITY ?? 6)] ?? 'info',
    msg: messageText(MESSAGE),
    ...(from === 'systemd' ? { from } : { pid: Number(_PID) }),
  }
}

/** An array of bytes when it is not text, null when it was too large to be told. */
function messageText(message: unknown): string {
  if (typeof message === 'string') return message
  return Array.isArray(message) ? Buffer.from(message.map(Number)).toString('utf8') : ''
}

function parseEntry(line: string): Record<string, unknown> | null {
  try {
    const entry: unknown = JSON.parse(line)
    return isRecord(entry) && '__REALTIME_TIMESTAMP' in entry ? entry : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function failure(program: string, error: Error): TraseError {
  if (errnoOf(error) !== 'ENOENT')
    return new TraseError('service_manager', `${program}: ${error.message}`, { cause: error })
  return new TraseError('program_missing', `${program} is not installed, so the log of the service cannot be read`, {
    hint: `look for it where services log on this machine`,
    cause: error,
  })
}
