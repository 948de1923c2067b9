// The head of an answer: from its text to status, headers for the client and the framing of the body, strictly by RFC 9112.
import { byName, fieldLine, trimmed, valueCharacter } from '../http-syntax.ts'
import { hopByHop, isOwn, withoutConnectionNamed } from '../raw-headers.ts'
import { badAnswer } from './failures.ts'

/** What is known of an answer before its body. */
export interface AnswerHeaders {
  /** Raw names and values, byte for byte (latin1), without those of this hop. */
  readonly headers: string[]
  /** Lower case, empty when absent. */
  readonly contentType: string
  readonly contentEncoding: string
  readonly contentLength: number | null
}

/** How the end of the body is known, RFC 9112 section 6.3. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

export interface ResponseHead extends AnswerHeaders {
  readonly status: number
  /** Latin-1, without control characters; may be empty. */
  readonly reason: string
  readonly framing: Framing
  /** False when the server said that it closes the connection, or when that is how the body ends. */
  readonly keepAlive: boolean
  /** Seconds that the server said it keeps an idle connection; null when it said nothing. */
  readonly keepAliveSeconds: number | null
}

/** One look at the whole text: names are tokens, values have no control characters, nothing is folded, and lines end as they must. */
const wellFormed = new RegExp(`^HTTP/1\\.[01] [1-9]\\d\\d(?: ${valueCharacter}*)?\\r\\n(?:${fieldLine})*$`)

type Meaning = 'drop' | 'connection' | 'keep-alive' | 'length' | 'coding' | 'type' | 'encoding'

/** What is read of an answer, and what ends here. Everything else goes on as it came. */
const meaningOf = byName<Meaning>([
  ...hopByHop.map((name): [string, Meaning] => [name, 'drop']),
  ['connection', 'connection'],
  ['keep-alive', 'keep-alive'],
  ['content-length', 'length'],
  ['transfer-encoding', 'coding'],
  ['content-type', 'type'],
  ['content-encoding', 'encoding'],
])

/**
 * @param text latin1, from the status line to the CRLF of the last header, without the empty line
 * @param method of the request: an answer to HEAD has no body, whatever it says
 * @throws UpstreamError `UPSTREAM_BAD_ANSWER`
 */
export function parseHead(text: string, method: string): ResponseHead {
  if (!wellFormed.test(text)) throw badAnswer('its head is malformed')
  const status = Number(text.slice(9, 12))
  const lineEnd = text.indexOf('\r\n')
  const found = readFields(text, lineEnd + 2)
  const framing = framingOf(status, method, text.charAt(7) === '0', found)
  return {
    status,
    reason: text.slice(13, lineEnd),
    headers: withoutConnectionNamed(found.headers, found.connections),
    contentType: found.contentType,
    contentEncoding: found.contentEncoding,
    contentLength: found.contentLength,
    framing,
    keepAlive: framing !== 'close' && keepsAlive(text.charAt(7) === '0', found.connections),
    keepAliveSeconds: found.keepAlive === '' ? null : secondsOf(found.keepAlive),
  }
}

interface Fields {
  readonly headers: string[]
  readonly connections: string[]
  codings: string
  keepAlive: string
  contentType: string
  contentEncoding: string
  contentLength: number | null
}

function readFields(text: string, start: number): Fields {
  const found: Fields = {
    headers: [],
    connections: [],
    codings: '',
    keepAlive: '',
    contentType: '',
    contentEncoding: '',
    contentLength: null,
  }
  for (let at = start; at < text.length;) {
    const colon = text.indexOf(':', at)
    const end = text.indexOf('\r\n', colon)
    const name = text.slice(at, colon)
    const value = trimmed(text, colon + 1, end)
    at = end + 2
    const meaning = meaningOf(name)
    if (meaning === undefined) {
      if (!isOwn(name)) found.headers.push(name, value) // the provider may be a gateway like this one
    } else if (readField(found, meaning, value)) found.headers.push(name, value)
  }
  return found
}

/** True when the header goes on to the client. */
function readField(found: Fields, meaning: Meaning, value: string): boolean {
  switch (meaning) {
    case 'drop':
      return false
    case 'connection':
      found.connections.push(value)
      return false
    case 'keep-alive':
      found.keepAlive = value
      return false
    case 'coding':
      found.codings = found.codings === '' ? value || ',' : `${found.codings},${value}`
      return false
    case 'length': {
      const length = lengthOf(value)
      const isFirst = found.contentLength === null
      if (!isFirst && found.contentLength !== length) throw badAnswer('it states two lengths')
      found.contentLength = length
      return isFirst // the same length once more is no second header for the client
    }
    case 'type':
      found.contentType = value.toLowerCase()
      return true
    case 'encoding':
      found.contentEncoding = value.toLowerCase()
      return true
  }
}

/** More digits than any body has bytes; a longer number could lose its last ones. */
const decimal = /^\d{1,15}$/

function lengthOf(value: string): number {
  if (!decimal.test(value)) throw badAnswer('its length is no number')
  return Number(value)
}

function framingOf(status: number, method: string, isOldVersion: boolean, { codings, contentLength }: Fields): Framing {
  if (codings !== '') {
    if (contentLength !== null) throw badAnswer('it states a length and is chunked')
    if (isOldVersion) throw badAnswer('HTTP/1.0 has no transfer codings')
    // Another coding would lose its name here; the gateway never asks for one.
    if (codings.toLowerCase() !== 'chunked') throw badAnswer('its transfer coding is not chunked alone')
  }
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (method === 'CONNECT' && status < 300) return 'none' // what follows is the tunnel
  if (codings !== '') return 'chunked'
  return contentLength === null ? 'close' : 'length'
}

/** RFC 9112 section 9.3. */
function keepsAlive(isOldVersion: boolean, connections: readonly string[]): boolean {
  if (connections.length === 0) return !isOldVersion
  const options = connections.join(',').toLowerCase()
  if (options.includes('close')) return false
  return !isOldVersion || options.includes('keep-alive')
}

/** `timeout=5, max=100` */
function secondsOf(keepAlive: string): number | null {
  const seconds = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,6})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? null : Number(seconds)
}
