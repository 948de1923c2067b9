// Whether a stream that began well ended in an error: its last event says so.
import type { Dialect } from '../../domain/provider.ts'
import { type AnswerClass, classifyStreamEvent } from '../../domain/rate-limit.ts'
import { openEventTextReader } from '../../domain/server-sent-events.ts'
import { parseJson } from '../parse-answer.ts'

/** Behind it nothing follows but the end of the connection. */
const doneMark = '[DONE]'

/**
 * What the last event in the end of a stream says of the credential, or `other`; null when it is no error. The end may begin in the middle of an
 * event, and the last one needs no blank line behind it.
 */
export function lastError(dialect: Dialect, end: Buffer): AnswerClass | null {
  // Every shape of an error has this member, and within a text of a model its quotes would be escaped.
  if (!end.includes('"error"')) return null
  const last = openEventTextReader()(`${end.toString('utf8')}\n\n`).findLast(({ data }) => data !== doneMark)
  if (last === undefined) return null
  const name = last.name === '' ? undefined : last.name
  return classifyStreamEvent(dialect, name, parseJson(last.data), 0)?.class ?? null
}
