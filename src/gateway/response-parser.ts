// Bytes of a connection to answers: head, body and trailers, in whatever pieces they come (RFC 9112).
import { type ChunkedBody, openChunkedBody } from './chunked-body.ts'
import { parseHead, type ResponseHead } from './response-head.ts'
import { parseTrailers } from './response-trailers.ts'
import { UpstreamError } from './upstream-errors.ts'

/** Of a head with its status line; undici and llhttp take 16 KiB, nginx 4 to 8 KiB. */
const headBytesMax = 65_536
const trailerBytesMax = 16_384
/** Informational answers before the real one. */
const informationalMax = 100
/** Heads have a few hundred bytes up to some kilobytes. */
const firstLookBytes = 4_096

export interface AnswerEvents {
  /** The head of the one answer that counts; informational ones are passed over. */
  onHead(head: ResponseHead): void
  /** Bytes of the body; they are the caller's own memory, which may be used again after this call. */
  onBody(bytes: Buffer): void
  /** `trailers` are names and values by turns. */
  onEnd(trailers: readonly string[]): void
}

export interface ResponseParser {
  /** An answer to a request with this method is expected now. */
  begin(method: string): void
  /**
   * Bytes as they came, which may be overwritten.
   * @throws UpstreamError `UPSTREAM_BAD_ANSWER`: the connection is of no more use
   */
  feed(bytes: Buffer): void
  /**
   * The server sends no more.
   * @throws UpstreamError `UPSTREAM_CLOSED`, unless that is how the body ends, or nothing is expected
   */
  finish(): void
  /** Bytes came behind the end of an answer, or without a request. */
  hasSurplus(): boolean
}

type Place = 'nothing' | 'head' | 'length' | 'chunked' | 'trailers' | 'close'

export function openResponseParser(events: AnswerEvents): ResponseParser {
  const section = openSection()
  let place: Place = 'nothing'
  let method = ''
  let informational = 0
  /** Bytes of the body that are still to come. */
  let left = 0
  let chunked: ChunkedBody | null = null
  let surplus = false

  function end(trailers: readonly string[]): void {
    place = 'nothing'
    events.onEnd(trailers)
  }

  /** Each of these reads from `at` and says how far it came. */
  function readHead(bytes: Buffer, at: number): number {
    const next = section.read(bytes, at, headBytesMax)
    if (!section.isWhole()) return next
    const head = parseHead(section.take(), method)
    if (head.status < 200) {
      if (head.status === 101) throw bad('it switched to another protocol')
      if (++informational > informationalMax) throw bad('it has too many informational answers')
      return next
    }
    events.onHead(head)
    if (head.framing === 'none' || (head.framing === 'length' && head.contentLength === 0)) end([])
    else begin(head)
    return next
  }

  function begin({ framing, contentLength }: ResponseHead): void {
    place = framing === 'length' || framing === 'chunked' ? framing : 'close'
    left = contentLength ?? 0
    if (framing === 'chunked') chunked = openChunkedBody()
  }

  function readLength(bytes: Buffer, at: number): number {
    const next = Math.min(bytes.length, at + left)
    left -= next - at
    events.onBody(at === 0 && next === bytes.length ? bytes : bytes.subarray(at, next))
    if (left === 0) end([])
    return next
  }

  function readChunked(body: ChunkedBody, bytes: Buffer, at: number): number {
    body.read(bytes, at)
    const next = body.readEnd()
    if (body.isOver()) {
      place = 'trailers'
      section.begin('\r\n') // of the last chunk's line: no trailers means that the next CRLF ends the section
    }
    if (body.bodyEnd() > at) events.onBody(bytes.subarray(at, body.bodyEnd()))
    return next
  }

  function readTrailers(bytes: Buffer, at: number): number {
    const next = section.read(bytes, at, trailerBytesMax)
    if (section.isWhole()) end(parseTrailers(section.take().slice(2)))
    return next
  }

  function readSome(bytes: Buffer, at: number): number {
    switch (place) {
      case 'nothing':
        surplus = true
        return bytes.length
      case 'head':
        return readHead(bytes, at)
      case 'length':
        return readLength(bytes, at)
      case 'chunked':
        return chunked === null ? bytes.length : readChunked(chunked, bytes, at)
      case 'trailers':
        return readTrailers(bytes, at)
      case 'close':
        events.onBody(at === 0 ? bytes : bytes.subarray(at))
        return bytes.length
    }
  }

  return {
    begin(requestMethod) {
      place = 'head'
      method = requestMethod
      informational = 0
      section.begin('')
    },
    feed(bytes) {
      for (let at = 0; at < bytes.length;) at = readSome(bytes, at)
    },
    finish() {
      if (place === 'close') end([])
      else if (place !== 'nothing')
        throw new UpstreamError('UPSTREAM_CLOSED', 'the connection ended before the answer did')
    },
    hasSurplus: () => surplus,
  }
}

interface Section {
  /** `before` is what counts as the text in front of it. */
  begin(before: string): void
  /** Takes bytes up to the empty line; returns the place behind what was taken. */
  read(bytes: Buffer, at: number, bytesMax: number): number
  isWhole(): boolean
  /** The lines, each with its CRLF, without the empty one; the section begins anew. */
  take(): string
}

/** Lines up to an empty one. Pieces are put together once, however small they come. */
function openSection(): Section {
  let text = ''
  /** The last three characters of `text`, where an end may have begun. */
  let tail = ''
  let isWhole = false

  function begin(before: string): void {
    text = before
    tail = before
    isWhole = false
  }

  /** Looks at the first `length` bytes; -1 when the end is not among them. */
  function look(bytes: Buffer, at: number, length: number): number {
    const piece = bytes.toString('latin1', at, at + length)
    const end = tail === '' ? piece.indexOf('\r\n\r\n') : (tail + piece).indexOf('\r\n\r\n') - tail.length
    const isFound = tail === '' ? end >= 0 : end >= -tail.length
    if (!isFound) {
      if (at + length < bytes.length) return -1
      text += piece
      tail = (tail + piece).slice(-3)
      return bytes.length
    }
    isWhole = true
    // The CRLF of the last line stays, the empty line goes; the end may have begun in what came before.
    text = end >= 0 ? text + piece.slice(0, end + 2) : (text + piece).slice(0, text.length + end + 2)
    return at + end + 4
  }

  return {
    begin,
    read(bytes, at, bytesMax) {
      const length = bytes.length - at
      let next = look(bytes, at, Math.min(length, firstLookBytes))
      if (next < 0) next = look(bytes, at, Math.min(length, bytesMax + 4))
      if (next < 0 || text.length > bytesMax) throw bad('its head or trailers are too long')
      return next
    },
    isWhole: () => isWhole,
    take() {
      const lines = text
      begin('')
      return lines
    },
  }
}

function bad(message: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_ANSWER', message)
}
