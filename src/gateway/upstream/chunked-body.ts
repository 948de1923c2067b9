// Takes a chunked body apart (RFC 9112 section 7.1): its bytes are moved together where they lie, byte for byte what was inside.
import { isBlank } from '../http-syntax.ts'
import { badAnswer } from './failures.ts'

/** Hex digits of a chunk's size: more than any chunk has bytes. */
const sizeDigitsMax = 13
/**
 * Nobody uses chunk extensions, and each may be as long as its sender likes: so much of them is taken beyond some bytes for each chunk and
 * twice what it holds, as Go's net/http does.
 */
const extensionBytesMax = 16_384
const extensionBytesFree = 16

type Place = 'size-start' | 'size' | 'blank' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'over'

/** How far a chunked body was read. */
export interface ChunkedBody {
  /** `over` when the last chunk was read; trailers and an empty line follow. */
  place: Place
  /** Bytes of the present chunk that are still to come. */
  size: number
  digits: number
  /** Beyond what is free. */
  extensionBytes: number
  /** Of the last `readChunks`: behind the last byte of the body, and behind the last byte that was taken. */
  bodyEnd: number
  readEnd: number
}

export function openChunkedBody(): ChunkedBody {
  return { place: 'size-start', size: 0, digits: 0, extensionBytes: 0, bodyEnd: 0, readEnd: 0 }
}

/**
 * Reads from `from` to the end, or behind the last chunk, and moves what belongs to the body to `from` and behind it.
 * @throws UpstreamError `UPSTREAM_BAD_ANSWER`
 */
export function readChunks(body: ChunkedBody, bytes: Buffer, from: number): void {
  let at = from
  let to = from
  while (at < bytes.length && body.place !== 'over') {
    if (body.place !== 'data') {
      readByte(body, bytes[at++] as number) // at is within the bytes
      continue
    }
    const taken = Math.min(body.size, bytes.length - at)
    if (to !== at) bytes.copyWithin(to, at, at + taken)
    to += taken
    at += taken
    body.size -= taken
    if (body.size === 0) body.place = 'data-cr'
  }
  body.bodyEnd = to
  body.readEnd = at
}

const cr = 0x0d
const lf = 0x0a
const semicolon = 0x3b

/** One byte of the lines around the data. */
function readByte(body: ChunkedBody, byte: number): void {
  switch (body.place) {
    case 'size-start':
    case 'size':
      return readSize(body, byte)
    case 'blank': // white space is allowed before an extension alone
      if (!isBlank(byte)) body.place = expect(byte === semicolon, 'extension', 'a chunk has a broken size')
      return countExtension(body)
    case 'extension':
      if (byte === cr) body.place = 'size-lf'
      else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f)
        throw badAnswer('a chunk extension has a control character')
      else countExtension(body)
      return
    case 'size-lf':
      body.place = expect(byte === lf, body.size === 0 ? 'over' : 'data', 'the size of a chunk does not end its line')
      body.extensionBytes = Math.max(0, body.extensionBytes - extensionBytesFree - 2 * body.size)
      return
    case 'data-cr':
      body.place = expect(byte === cr, 'data-lf', 'a chunk is longer than it said')
      return
    case 'data-lf':
      body.place = expect(byte === lf, 'size-start', 'a chunk is longer than it said')
      body.digits = 0
      return
    case 'data':
    case 'over':
  }
}

function readSize(body: ChunkedBody, byte: number): void {
  const digit = hexOf(byte)
  if (digit >= 0) {
    if (++body.digits > sizeDigitsMax) throw badAnswer('a chunk is too long')
    body.size = body.size * 16 + digit
    body.place = 'size'
  } else if (body.place === 'size-start') throw badAnswer('a chunk has no size')
  else if (byte === cr) body.place = 'size-lf'
  else if (byte === semicolon) body.place = 'extension'
  else body.place = expect(isBlank(byte), 'blank', 'a chunk has a broken size')
}

function expect(isSo: boolean, next: Place, otherwise: string): Place {
  if (!isSo) throw badAnswer(otherwise)
  return next
}

function countExtension(body: ChunkedBody): void {
  if (++body.extensionBytes > extensionBytesMax) throw badAnswer('its chunk extensions are too long')
}

/** -1 for what is no hex digit. */
function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
