// One line of the gateway's log as a line for people: time, level, sentence, fields.
import { logFields } from '../../domain/log-fields.ts'
import type { Paint } from './paint.ts'
import { printableLine } from './printable.ts'
import { renderRequestLine } from './request-line.ts'
import { localTime } from './time.ts'

const levelWidth = 5

/** What is no JSON object, such as the words of a crash, comes back as it is. */
export function renderLogLine(line: string, paint: Paint): string {
  const record = parseRecord(line)
  if (!record) return printableLine(line)
  const { time, level, msg, ...fields } = record
  const when = typeof time === 'string' ? localTime(time) : ''
  if (msg === 'model request') {
    return `${paint.dim(when)} ${levelText(level, paint)} ${renderRequestLine(record, paint)}`
  }
  const words = logFields(fields)
  const sentence = printableLine(typeof msg === 'string' ? msg : '')
  const rest = words === '' ? '' : ` ${paint.dim(printableLine(words))}`
  return `${paint.dim(when)} ${levelText(level, paint)} ${sentence}${rest}`
}

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown> // text that starts with a brace and parses is an object
  } catch (error) {
    if (error instanceof SyntaxError) return null // a line cut short by a full disk
    throw error
  }
}

function levelText(level: unknown, paint: Paint): string {
  const text = printableLine(typeof level === 'string' ? level : '').padEnd(levelWidth)
  if (level === 'error' || level === 'fatal') return paint.red(text)
  return level === 'warn' ? paint.yellow(text) : text
}
