// A request as it is written on a connection: its head as one text that nothing can be smuggled into, and how its body goes out.
import type { Socket } from 'node:net'
import { fieldLine, nameCharacter } from '../http-syntax.ts'
import type { StreamedBody } from '../request-body.ts'
import { UpstreamError } from './failures.ts'

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  /** Raw names and values; the host and the length are written by the connection. */
  readonly headers: readonly string[]
  readonly body: Buffer | StreamedBody | null
}

/** What is the same for all requests of an origin. */
export interface RequestFrame {
  /** In front of the path: empty, or the origin when the request goes to a proxy (RFC 9112 section 3.2.2). */
  readonly targetPrefix: string
  /** Whole lines, each with its CRLF. */
  readonly lines: string
  readonly lineCount: number
}

/** Methods whose requests have a body when they have a meaning: without one they state a length of 0 (RFC 9110 section 8.6). */
const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Latin-1, to the empty line.
 * @throws UpstreamError `UPSTREAM_BAD_REQUEST` when a part holds what may not be in it, such as a line break
 */
export function requestHead(frame: RequestFrame, { method, path, headers, body }: UpstreamRequest): string {
  let head = `${method} ${frame.targetPrefix}${path} HTTP/1.1\r\n${frame.lines}`
  let lines = frame.lineCount
  for (let i = 0; i + 1 < headers.length; i += 2) {
    head += `${headers[i]}: ${headers[i + 1]}\r\n`
    lines++
  }
  const framing = framingOf(method, body)
  head += `${framing}\r\n`
  if (!wellFormed(lines + (framing === '' ? 0 : 1)).test(head)) {
    throw new UpstreamError('UPSTREAM_BAD_REQUEST', 'its method, path or headers hold what HTTP does not allow there')
  }
  return head
}

function framingOf(method: string, body: UpstreamRequest['body']): string {
  if (body === null) return withBody.has(method) ? 'content-length: 0\r\n' : ''
  return body.length === null ? 'transfer-encoding: chunked\r\n' : `content-length: ${body.length}\r\n`
}

/** By number of header lines. */
const patterns: RegExp[] = []
const headerLinesMax = 2_000

/**
 * A head with exactly so many header lines. Line breaks are allowed at the ends of lines alone, and so many of them were written by us: one more,
 * from a value, would make one line more. So this one look finds every injected header, and every other control character.
 */
function wellFormed(lines: number): RegExp {
  if (lines > headerLinesMax) throw new UpstreamError('UPSTREAM_BAD_REQUEST', 'it has too many headers')
  return (patterns[lines] ??= new RegExp(
    `^${nameCharacter}+ [!-~\\u0080-\\u00ff]+ HTTP/1\\.1\\r\\n(?:${fieldLine}){${lines}}\\r\\n$`,
  ))
}

/** Head and body go out in one write up to here; a longer body is not copied. */
const joinedBytesMax = 16_384
/** Of a long body at a time, so that an early answer can stop the rest. */
const pieceBytes = 262_144

/** A body that is not out yet. */
export interface Sending {
  /** The socket takes more. */
  resume(): void
  /** Nothing more of it is wanted. */
  stop(): void
}

export interface SendingEvents {
  /** All of it was handed to the socket. */
  onSent(): void
  /** Whether it is the provider that does not take more, or the client that sends no more for now. */
  onStalled(byProvider: boolean): void
}

/** Writes a request; null when all of it was handed to the socket, else what goes on with it, and then tells the events. */
export function writeRequest(
  socket: Socket,
  head: string,
  body: UpstreamRequest['body'],
  events: SendingEvents,
): Sending | null {
  if (body === null) {
    socket.write(head, 'latin1')
    return null
  }
  if (!Buffer.isBuffer(body)) return writeStreamed(socket, head, body, events)
  if (body.length > joinedBytesMax) return writeLong(socket, head, body, events)
  const bytes = Buffer.allocUnsafe(head.length + body.length)
  bytes.write(head, 0, 'latin1')
  body.copy(bytes, head.length)
  socket.write(bytes)
  return null
}

function writeLong(socket: Socket, head: string, body: Buffer, events: SendingEvents): Sending | null {
  let at = 0
  /** True when all of it is out. */
  function write(): boolean {
    for (let goesOn = true; goesOn && at < body.length; at += pieceBytes) {
      goesOn = socket.write(body.subarray(at, at + pieceBytes))
    }
    return at >= body.length
  }
  socket.cork()
  socket.write(head, 'latin1')
  const isOut = write()
  socket.uncork()
  if (isOut) return null
  events.onStalled(true)
  return {
    resume() {
      if (at >= body.length) return
      if (write()) events.onSent()
      else events.onStalled(true)
    },
    stop: () => void (at = body.length),
  }
}

/** Each piece of a body without a stated length is a chunk. */
function writeStreamed(socket: Socket, head: string, body: StreamedBody, events: SendingEvents): Sending {
  const isChunked = body.length === null
  function write(piece: Buffer): boolean {
    if (!isChunked) return socket.write(piece)
    if (piece.length === 0) return true // would be the last chunk
    socket.cork()
    socket.write(`${piece.length.toString(16)}\r\n`, 'latin1')
    socket.write(piece)
    const goesOn = socket.write('\r\n', 'latin1')
    socket.uncork()
    return goesOn
  }
  socket.write(head, 'latin1')
  events.onStalled(false)
  const source = body.sendTo({
    write(piece) {
      const goesOn = write(piece)
      if (!goesOn) events.onStalled(true)
      return goesOn
    },
    end() {
      if (isChunked) socket.write('0\r\n\r\n', 'latin1')
      events.onSent()
    },
  })
  return {
    resume() {
      events.onStalled(false)
      source.resume()
    },
    stop: source.stop,
  }
}
