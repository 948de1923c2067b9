// The answer on a plain connection: its head and the first piece of its body in one write, framed as RFC 9112 says.
import type { Socket } from 'node:net'
import { fieldLine } from '../http-syntax.ts'
import type { ClientResponse } from './response.ts'

export interface PlainResponse {
  readonly response: ClientResponse
  /** The client has read what waited. */
  drained(): void
  /** The connection is gone. */
  cut(): void
}

/** How the end of the body is told, RFC 9112 section 6. */
type Framing = 'none' | 'length' | 'chunked'

/** @param onAnswered called once, when all of the answer was handed to the system, before its `close` */
export function openPlainResponse(socket: Socket, date: () => string, onAnswered: () => void): PlainResponse {
  const body = openBody(socket)
  let keepsAlive = true
  let isEnded = false
  let isFinished = false
  let isClosed = false
  const onClose: (() => void)[] = []
  let onDrain: (() => void) | null = null

  function close(): void {
    if (isClosed) return
    isClosed = true
    for (const listener of onClose) listener()
  }

  function finish(): void {
    if (isClosed) return
    isFinished = true
    if (!keepsAlive) socket.end()
    onAnswered()
    close()
  }

  const response: ClientResponse = {
    writeHead: (status, reason, headers) => body.begin(status, headOf(status, reason, headers), headers, keepsAlive),
    write: (chunk) => isClosed || isEnded || chunk.length === 0 || body.write(chunk, false),
    end(chunk) {
      if (isClosed || isEnded) return
      isEnded = true
      body.write(chunk === undefined || chunk.length === 0 ? null : chunk, true)
      // The usual case: the system took all of it at once.
      if (socket.writableLength === 0) queueMicrotask(finish)
      else socket.write('', finish)
    },
    addTrailers: (trailers) => body.addTrailers(trailers),
    date,
    destroy: () => void socket.destroy(),
    closeAfter: () => void (keepsAlive = false),
    hasHead: () => body.isBegun(),
    hasEnded: () => isEnded,
    isFinished: () => isFinished,
    needsDrain: () => socket.writableNeedDrain,
    onClose: (listener) => void onClose.push(listener),
    onDrain: (listener) => void (onDrain = listener),
  }
  return { response, drained: () => onDrain?.(), cut: close }
}

interface Body {
  begin(status: number, head: string, headers: readonly string[], keepsAlive: boolean): void
  isBegun(): boolean
  /** False when the socket wants to drain first. */
  write(chunk: Buffer | null, isLast: boolean): boolean
  addTrailers(trailers: readonly [string, string][]): void
}

function openBody(socket: Socket): Body {
  let isBegun = false
  let framing: Framing = 'none'
  /** Waits for the first piece of the body. */
  let head = ''
  let trailers = ''
  return {
    begin(status, written, headers, keepsAlive) {
      isBegun = true
      if (status === 204 || status === 304) framing = 'none'
      else framing = hasLength(headers) ? 'length' : 'chunked'
      const coding = framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : ''
      head = `${written}${coding}${keepsAlive ? '' : 'connection: close\r\n'}\r\n`
    },
    isBegun: () => isBegun,
    write(chunk, isLast) {
      const before = head
      head = ''
      if (framing !== 'chunked') return send(socket, before, framing === 'none' ? null : chunk, '')
      const size = chunk === null ? '' : `${chunk.length.toString(16)}\r\n`
      const after = `${chunk === null ? '' : '\r\n'}${isLast ? `0\r\n${trailers}\r\n` : ''}`
      return send(socket, before + size, chunk, after)
    },
    addTrailers(pairs) {
      trailers = fieldLines(pairs.flat())
    },
  }
}

/** In one buffer and one write: two small ones cost twice as much. */
function send(socket: Socket, before: string, chunk: Buffer | null, after: string): boolean {
  if (before === '' && after === '') return chunk === null || socket.write(chunk)
  const bytes = Buffer.allocUnsafe(before.length + (chunk?.length ?? 0) + after.length)
  let at = bytes.write(before, 0, 'latin1')
  if (chunk !== null) at += chunk.copy(bytes, at)
  bytes.write(after, at, 'latin1')
  return socket.write(bytes)
}

function hasLength(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && name.length === 14 && name.toLowerCase() === 'content-length')
}

function headOf(status: number, reason: string, headers: readonly string[]): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(headers)}`
}

const wellFormed = new RegExp(`^(?:${fieldLine})*$`)

/** What came from a provider was checked when it was read; this is the last door: no more lines than there are headers, and nothing odd in them. */
function fieldLines(headers: readonly string[]): string {
  let lines = ''
  for (let i = 0; i + 1 < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`
  if (!wellFormed.test(lines) || breaksIn(lines) !== headers.length / 2) throw new Error('a header cannot be written')
  return lines
}

function breaksIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}
