// Bytes of a connection to answers: head, body and trailers, in whatever pieces they come (RFC 9112).
import { type ChunkedBody, openChunkedBody, readChunks } from './chunked-body.ts'
import { badAnswer, UpstreamError } from './failures.ts'
import { parseHead, type ResponseHead } from './response-head.ts'
import { beginSection, openSection, readSection } from './response-section.ts'
import { parseTrailers } from './response-trailers.ts'

/** Of a head with its status line; undici and llhttp take 16 KiB, nginx 4 to 8 KiB. */
const headBytesMax = 65_536
const trailerBytesMax = 16_384
/** Informational answers before the real one. */
const informationalMax = 100

export interface AnswerEvents {
  /** The head of the one answer that counts; informational ones are passed over. */
  onHead(head: ResponseHead): void
  /** Bytes of the body; they are the caller's own memory, which may be used again after this call. */
  onBody(bytes: Buffer): void
  /** `trailers` are names and values by turns. */
  onEnd(trailers: readonly string[]): void
}

/** `none`: no answer is expected. */
type Place = 'none' | 'head' | 'length' | 'chunked' | 'trailers' | 'close'

/** How far the bytes of a connection were read. */
export interface ResponseParser {
  readonly events: AnswerEvents
  place: Place
  /** Of the request. */
  method: string
  informational: number
  readonly section: ReturnType<typeof openSection>
  /** Bytes of the body that are still to come. */
  left: number
  chunked: ChunkedBody
  /** Bytes came behind the end of an answer, or without a request. */
  hasSurplus: boolean
}

export function openResponseParser(events: AnswerEvents): ResponseParser {
  return {
    events,
    place: 'none',
    method: '',
    informational: 0,
    section: openSection(),
    left: 0,
    chunked: openChunkedBody(),
    hasSurplus: false,
  }
}

/** An answer to a request with this method is expected now. */
export function expectAnswer(parser: ResponseParser, method: string): void {
  parser.place = 'head'
  parser.method = method
  parser.informational = 0
  beginSection(parser.section, '')
}

/**
 * Bytes as they came, which may be overwritten.
 * @throws UpstreamError `UPSTREAM_BAD_ANSWER`: the connection is of no more use
 */
export function readAnswer(parser: ResponseParser, bytes: Buffer): void {
  let at = 0
  while (at < bytes.length) at = readers[parser.place](parser, bytes, at)
}

/**
 * The server sends no more.
 * @throws UpstreamError `UPSTREAM_CLOSED`, unless that is how the body ends, or nothing is expected
 */
export function endAnswer(parser: ResponseParser): void {
  if (parser.place === 'close') end(parser, [])
  else if (parser.place !== 'none') {
    throw new UpstreamError('UPSTREAM_CLOSED', 'the connection ended before the answer did')
  }
}

/** Each reads from `at` and returns the place behind what it took. */
const readers: Readonly<Record<Place, (parser: ResponseParser, bytes: Buffer, at: number) => number>> = {
  none(parser, bytes) {
    parser.hasSurplus = true
    return bytes.length
  },
  head: readHead,
  length(parser, bytes, at) {
    const next = Math.min(bytes.length, at + parser.left)
    parser.left -= next - at
    parser.events.onBody(bytes.subarray(at, next))
    if (parser.left === 0) end(parser, [])
    return next
  },
  chunked(parser, bytes, at) {
    const { chunked } = parser
    readChunks(chunked, bytes, at)
    if (chunked.place === 'over') {
      parser.place = 'trailers'
      // The line break of the last chunk's line: when there are no trailers, the next one ends them.
      beginSection(parser.section, '\r\n')
    }
    if (chunked.bodyEnd > at) parser.events.onBody(bytes.subarray(at, chunked.bodyEnd))
    return chunked.readEnd
  },
  trailers(parser, bytes, at) {
    const next = readSection(parser.section, bytes, at, trailerBytesMax)
    if (parser.section.isWhole) end(parser, parseTrailers(parser.section.text.slice(2)))
    return next
  },
  close(parser, bytes, at) {
    parser.events.onBody(bytes.subarray(at))
    return bytes.length
  },
}

function readHead(parser: ResponseParser, bytes: Buffer, at: number): number {
  const { section, events } = parser
  const next = readSection(section, bytes, at, headBytesMax)
  if (!section.isWhole) return next
  const head = parseHead(section.text, parser.method)
  beginSection(section, '')
  if (head.status < 200) {
    if (head.status === 101) throw badAnswer('it switched to another protocol')
    if (++parser.informational > informationalMax) throw badAnswer('it has too many informational answers')
    return next
  }
  const { framing, contentLength } = head
  const isEmpty = framing === 'none' || contentLength === 0
  if (!isEmpty) parser.place = framing
  parser.left = contentLength ?? 0
  if (framing === 'chunked') parser.chunked = openChunkedBody()
  events.onHead(head)
  if (isEmpty) end(parser, [])
  return next
}

function end(parser: ResponseParser, trailers: readonly string[]): void {
  parser.place = 'none'
  parser.events.onEnd(trailers)
}
