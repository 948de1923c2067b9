// How much of an answer must be seen before it may be passed on, and what it then says about the credential.
import type { Dialect } from '../domain/provider.ts'
import { type Classification, classifyAnswer, classifyStreamEvent } from '../domain/rate-limit.ts'
import type { HeaderLookup } from '../domain/reset-time.ts'
import { isContentEvent } from '../domain/stream-content.ts'
import type { Host } from '../host.ts'
import { openDecoder } from './decode-body.ts'
import { openEventReader } from './event-reader.ts'
import { parseAnswer, parseJson } from './parse-answer.ts'
import { headerOf } from './raw-headers.ts'
import type { Answer, Hold } from './upstream/answer.ts'
import type { AnswerHeaders } from './upstream/response-head.ts'

/** Error bodies are a few hundred bytes; of a longer one the beginning is judged, and the rest flows. */
const errorBytesMax = 262_144
const errorTimeMsMax = 10_000
/**
 * An event stream is held until the first piece of content or the first error, so that a limit that shows only inside the stream can still
 * go to the next candidate. What precedes content (`message_start`, `response.created`, pings) shows a person nothing, and a stream
 * that is silent for longer than this is passed on as it is.
 */
const preambleBytesMax = 65_536
const preambleTimeMsMax = 2_000

export interface Judge {
  readonly holdFor: (status: number, headers: AnswerHeaders) => Hold | null
  /** Call it once, when the answer is settled. */
  verdict(answer: Answer): Classification
}

/** Judges one answer. */
export function openJudge(dialect: Dialect, host: Pick<Host, 'now'>): Judge {
  let inStream: Classification | null = null

  /** Null for a coding that nothing can be seen through. */
  function preamble(contentEncoding: string): Hold | null {
    const decode = openDecoder(contentEncoding)
    if (!decode) return null
    const read = openEventReader()
    const isEnough = (chunk: Buffer): boolean => {
      const plain = decode(chunk)
      if (plain === null) return true
      for (const { name, data } of read(plain)) {
        const parsed = parseJson(data)
        const eventName = name === '' ? undefined : name
        inStream = classifyStreamEvent(dialect, eventName, parsed, host.now())
        if (inStream !== null || isContentEvent(dialect, eventName, parsed)) return true
      }
      return false
    }
    return { bytesMax: preambleBytesMax, timeMsMax: preambleTimeMsMax, isEnough }
  }

  return {
    holdFor(status, { contentType, contentEncoding }) {
      if (status >= 400) return { bytesMax: errorBytesMax, timeMsMax: errorTimeMsMax, isEnough: () => false }
      const isStream = status === 200 && contentType.startsWith('text/event-stream')
      return isStream ? preamble(contentEncoding) : null
    },
    verdict(answer) {
      if (inStream) return inStream
      const { status, headers } = answer
      const body = status < 400 ? undefined : parseAnswer(answer)
      const lookup: HeaderLookup = (name) => headerOf(headers, name)
      return classifyAnswer({ dialect, status, headers: lookup, body, now: host.now() })
    },
  }
}
