// Reads compressed bodies for judging them; what is passed on stays as it came.
import type { ZlibOptions } from 'node:zlib'
import { errnoOf } from '../errors.ts'
import { codingNamed, type ContentCoding, isIdentity } from './content-coding.ts'

/** A compressed body may grow to this. */
const decodedBytesMax = 1_048_576
/** Each look at a compressed stream decodes it from its start, so there are only so many. */
const looksMax = 32

/** A whole body in the clear; empty when it cannot be decoded (damaged, cut short, unknown coding, larger than 1 MiB). */
export function decodeBody(body: Buffer, encoding: string): Buffer {
  return isIdentity(encoding) ? body : attempt(codingNamed(encoding), body, {})
}

/**
 * Turns the pieces of a body into the bytes that each adds in the clear; null for a coding that cannot be read. Gives
 * up with null after 32 pieces of a compressed body.
 */
export function openDecoder(encoding: string): ((chunk: Buffer) => Buffer | null) | null {
  if (isIdentity(encoding)) return (chunk) => chunk
  const coding = codingNamed(encoding)
  if (coding === undefined) return null
  const options = { finishFlush: coding.finishFlush }
  let seen = Buffer.alloc(0)
  let decodedBytes = 0
  let looks = 0
  return (chunk) => {
    if (++looks > looksMax) return null
    seen = Buffer.concat([seen, chunk])
    const added = attempt(coding, seen, options).subarray(decodedBytes)
    decodedBytes += added.length
    return added
  }
}

function attempt(coding: ContentCoding | undefined, body: Buffer, options: ZlibOptions): Buffer {
  try {
    return coding?.decodeSync(body, { ...options, maxOutputLength: decodedBytesMax }) ?? Buffer.alloc(0)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    // Damaged, cut short or larger than the limit: the status and the headers decide alone.
    return Buffer.alloc(0)
  }
}
