// Takes a chunked body apart (RFC 9112 section 7.1): its bytes are moved together where they lie, byte for byte what was inside.
import { UpstreamError } from './upstream-errors.ts'

/** Hex digits of a chunk's size: more than any chunk has bytes. */
const sizeDigitsMax = 13
/** Of all chunk extensions of an answer together: nobody uses them, and each may be as long as its sender likes. */
const extensionBytesMax = 16_384

type Place = 'size-start' | 'size' | 'blank' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'over'

export interface ChunkedBody {
  /**
   * Reads from `from`, and moves what belongs to the body to `from` and behind it.
   * @throws UpstreamError `UPSTREAM_BAD_ANSWER`
   */
  read(bytes: Buffer, from: number): void
  /** Behind the last byte of the body of the last `read`. */
  bodyEnd(): number
  /** Behind the last byte that the last `read` took: the end, unless the last chunk was reached. */
  readEnd(): number
  /** The last chunk was read; trailers and an empty line follow. */
  isOver(): boolean
}

const cr = 0x0d
const lf = 0x0a

export function openChunkedBody(): ChunkedBody {
  let place: Place = 'size-start'
  let size = 0
  let digits = 0
  let extensionBytes = 0
  let bodyEnd = 0
  let readEnd = 0

  /** One byte of the lines around the data. */
  function step(byte: number): void {
    switch (place) {
      case 'size-start':
      case 'size': {
        const digit = hexOf(byte)
        if (digit >= 0) {
          if (++digits > sizeDigitsMax) throw bad('a chunk is too long')
          size = size * 16 + digit
          place = 'size'
        } else if (place === 'size-start') throw bad('the size of a chunk is no number')
        else endOfSize(byte)
        return
      }
      case 'blank': // white space is allowed before an extension alone
        if (byte !== 0x20 && byte !== 0x09) {
          if (byte !== 0x3b) throw bad('the size of a chunk is followed by something else')
          place = 'extension'
        }
        countExtension()
        return
      case 'extension':
        if (byte === cr) place = 'size-lf'
        else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) throw bad('a chunk extension has a control character')
        else countExtension()
        return
      case 'size-lf':
        if (byte !== lf) throw bad('the size of a chunk does not end its line')
        place = size === 0 ? 'over' : 'data'
        return
      case 'data-cr':
        if (byte !== cr) throw bad('a chunk is longer than it said')
        place = 'data-lf'
        return
      case 'data-lf':
        if (byte !== lf) throw bad('a chunk is longer than it said')
        place = 'size-start'
        digits = 0
        return
      case 'data':
      case 'over':
    }
  }

  function endOfSize(byte: number): void {
    if (byte === cr) place = 'size-lf'
    else if (byte === 0x3b) place = 'extension'
    else if (byte === 0x20 || byte === 0x09) place = 'blank'
    else throw bad('the size of a chunk is no number')
  }

  function countExtension(): void {
    if (++extensionBytes > extensionBytesMax) throw bad('its chunk extensions are too long')
  }

  return {
    read(bytes, from) {
      let at = from
      let to = from
      while (at < bytes.length && place !== 'over') {
        if (place !== 'data') {
          step(bytes[at++] as number) // at is within the bytes
          continue
        }
        const taken = Math.min(size, bytes.length - at)
        if (to !== at) bytes.copyWithin(to, at, at + taken)
        to += taken
        at += taken
        size -= taken
        if (size === 0) place = 'data-cr'
      }
      bodyEnd = to
      readEnd = at
    },
    bodyEnd: () => bodyEnd,
    readEnd: () => readEnd,
    isOver: () => place === 'over',
  }
}

/** -1 for what is no hex digit. */
function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function bad(message: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_ANSWER', message)
}
