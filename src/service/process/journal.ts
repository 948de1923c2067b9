// Lines for systemd's journal, when it reads a stream of ours: the priority in front, sd-daemon(3), and no time, which the journal has itself.
import { fstatSync } from 'node:fs'
import { logFields } from '../../domain/log-fields.ts'
import type { Environment } from '../../host.ts'

/** Syslog's numbers, which journalctl colours and filters by (`-p warning`). */
const priorities: Readonly<Record<string, number>> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7 }

/** systemd.exec(5), JOURNAL_STREAM: device and inode of the stream, because a program may inherit the variable and have other streams. */
export function isJournal({ JOURNAL_STREAM: stream }: Environment, fd: number): boolean {
  if (stream === undefined) return false
  const { dev, ino } = fstatSync(fd, { bigint: true })
  return stream === `${dev}:${ino}`
}

/** Each line of `text` as one of that priority. */
export function withPriority(level: 'error' | 'warn' | 'info', text: string): string {
  return text.replace(/^(?=.)/gm, `<${priorities[level]}>`)
}

/**
 * A line of the log (a JSON object) as one for the journal: `<6>the gateway is ready version=0.1.0 pid=42`. A record is
 * one line, because each line is a message of its own there.
 */
export function journalLine(line: string): string {
  const { level, time: _time, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>> // written by our own logger
  const sentence = typeof msg === 'string' ? msg.replaceAll(/\s+/g, ' ') : ''
  return `<${priorities[String(level)] ?? priorities['info']}>${`${sentence} ${logFields(fields)}`.trim()}\n`
}
