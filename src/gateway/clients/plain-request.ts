// Reads a request in its plainest form whose head came in one piece; whatever else comes is for Node's own parser.
import { nameCharacter, trimmed, valueCharacter } from '../http-syntax.ts'
import type { ClientRequest } from './request.ts'

const headBytesMax = 16_384
/** Node cuts off what exceeds 2,000 headers; nobody sends more than a few dozen. */
const headersMax = 128
/** `Content-Length` of what is kept in one piece of memory. */
const lengthDigitsMax = 7

const endOfHead = Buffer.from('\r\n\r\n')
/** RFC 9112 section 3, origin form only. */
const requestLine = /^(GET|POST) (\/[!-~]*) HTTP\/1\.1\r\n/
const fieldName = new RegExp(`^${nameCharacter}+$`)
const fieldValue = new RegExp(`^${valueCharacter}*$`)

/** Headers that change how a message is read, or that ask for more than an answer. */
const notPlain: ReadonlySet<string> = new Set([
  'te',
  'expect',
  'trailer',
  'upgrade',
  'http2-settings',
  'transfer-encoding',
])
const notPlainLengths: ReadonlySet<number> = new Set([...notPlain].map(({ length }) => length))

export interface PlainReading {
  /** Its body is what has come of it. */
  readonly request: ClientRequest
  /** Bytes of the body that are still to come. */
  readonly missing: number
}

/**
 * The request, if `bytes` are one and no more, or its head and a part of its body: GET or POST of HTTP/1.1, each line ended by CRLF, one Host,
 * at most one length, no coding, no upgrade, no closing. Null for everything else, be it wrong, unusual or a head that is not complete: two
 * programs may read such bytes in two ways, so one alone decides on them. What is taken here every parser reads alike.
 */
export function readPlainRequest(bytes: Buffer): PlainReading | null {
  const headEnd = bytes.indexOf(endOfHead)
  if (headEnd < 0 || headEnd > headBytesMax) return null
  const head = bytes.toString('latin1', 0, headEnd + 2)
  const line = requestLine.exec(head)
  if (line === null) return null
  const [start, method = '', url = ''] = line
  const rawHeaders: string[] = []
  const found = readHeaders(head, start.length, rawHeaders)
  if (found?.hosts !== 1) return null
  const bodyStart = headEnd + 4
  // A POST without a length may mean that there is no body, or that it ends with the connection.
  if ((found.length === null) !== (method === 'GET')) return null
  const missing = bodyStart + (found.length ?? 0) - bytes.length
  if (missing < 0) return null
  const body = found.length === null || found.length === 0 ? null : bytes.subarray(bodyStart)
  return { request: { method, url, rawHeaders, body, upload: null }, missing }
}

interface Found {
  hosts: number
  length: number | null
}

function readHeaders(head: string, from: number, rawHeaders: string[]): Found | null {
  const found: Found = { hosts: 0, length: null }
  for (let at = from; at < head.length;) {
    const end = head.indexOf('\r\n', at)
    const colon = head.indexOf(':', at)
    if (colon < 0 || colon > end) return null
    const name = head.slice(at, colon)
    const value = trimmed(head, colon + 1, end)
    if (!fieldName.test(name) || !fieldValue.test(value) || !isPlain(name, value, found)) return null
    rawHeaders.push(name, value)
    at = end + 2
  }
  return rawHeaders.length <= 2 * headersMax ? found : null
}

/** The length decides first: most names need no second look. */
function isPlain(name: string, value: string, found: Found): boolean {
  switch (name.length) {
    case 4:
      if (name.toLowerCase() === 'host') found.hosts++
      return true
    case 10:
      return name.toLowerCase() !== 'connection' || value.toLowerCase() === 'keep-alive'
    case 14:
      if (name.toLowerCase() === 'content-length') {
        if (found.length !== null || value.length > lengthDigitsMax || !/^\d+$/.test(value)) return false
        found.length = Number(value)
        return true
      }
      return !notPlain.has(name.toLowerCase())
    default:
      return !notPlainLengths.has(name.length) || !notPlain.has(name.toLowerCase())
  }
}
