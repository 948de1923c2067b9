// Cuts a stream of bytes into lines of UTF-8 text: one JSON value a line, with a limit that costs no more memory than it allows.
import { isUtf8 } from 'node:buffer'

/** One line on the wire, its newline included. */
export const lineBytesMax = 1_048_576

/** `too-long` comes once, when the limit is crossed; `not-utf8` in place of a line whose bytes are not UTF-8. */
export type Line = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'too-long' | 'not-utf8' }

export interface LineReader {
  /** Hands over the bytes that arrived. They are kept, not copied, until `next` has gone through them. */
  push(chunk: Buffer): void
  /** The next line, or undefined until more bytes come. Empty lines are left out; `\r\n` ends a line too. */
  next(): Line | undefined
  /** True while part of a line is here and its end is not. */
  readonly halfLine: boolean
}

const newline = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

/**
 * Pulled, not pushed, so that a reader who is busy can stop in the middle of a chunk.
 *
 * The rest of a line that is too long is dropped as it comes, and reading goes on behind its newline.
 */
export function openLineReader(limits: { readonly lineBytesMax: number }): LineReader {
  const textBytesMax = limits.lineBytesMax - 1
  const held = openHeldBytes(textBytesMax)
  let chunk: Buffer = nothing
  let offset = 0
  let dropping = false

  /** The bytes up to the next newline or the end of the chunk. */
  const take = (): { readonly bytes: Buffer; readonly complete: boolean } => {
    const end = chunk.indexOf(newline, offset)
    const complete = end !== -1
    const bytes = complete ? chunk.subarray(offset, end) : chunk.subarray(offset)
    offset = complete ? end + 1 : chunk.length
    return { bytes, complete }
  }

  return {
    push(more) {
      chunk = offset === chunk.length ? more : Buffer.concat([chunk.subarray(offset), more])
      offset = 0
    },
    next() {
      while (offset < chunk.length) {
        const { bytes, complete } = take()
        if (dropping) {
          dropping = !complete
        } else if (held.length + bytes.length > textBytesMax) {
          held.clear()
          dropping = !complete
          return { kind: 'too-long' }
        } else if (!complete) {
          held.add(bytes)
        } else {
          const line = textOf(held.length === 0 ? bytes : held.add(bytes))
          held.clear()
          if (line) return line
        }
      }
      chunk = nothing
      offset = 0
      return undefined
    },
    get halfLine() {
      return held.length > 0 || dropping
    },
  }
}

function textOf(bytes: Buffer): Line | undefined {
  const text = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
  if (text.length === 0) return undefined
  return isUtf8(text) ? { kind: 'text', text: text.toString('utf8') } : { kind: 'not-utf8' }
}

interface HeldBytes {
  readonly length: number
  /** Everything held, the new bytes included; valid until the next call. */
  add(bytes: Buffer): Buffer
  clear(): void
}

/** A buffer that doubles: a line that comes byte by byte is copied a constant number of times, not once for each byte. */
function openHeldBytes(bytesMax: number): HeldBytes {
  let buffer: Buffer = nothing
  let length = 0
  return {
    get length() {
      return length
    },
    add(bytes) {
      const needed = length + bytes.length
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.min(bytesMax, Math.max(needed, buffer.length * 2, 256)))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      bytes.copy(buffer, length)
      length = needed
      return buffer.subarray(0, length)
    },
    clear() {
      // An idle connection holds nothing of the largest line it ever sent.
      buffer = nothing
      length = 0
    },
  }
}
