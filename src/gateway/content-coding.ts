// Reads compressed bodies for judging them; what is passed on stays as it came.
import * as zlib from 'node:zlib'

/** A compressed body may grow to this. */
const decodedBytesMax = 1_048_576
/** Each look at a compressed stream decodes it from its start, so there are only so many. */
const looksMax = 32

type Decode = typeof zlib.gunzipSync

interface Coding {
  readonly decode: Decode | undefined
  /** What makes the decoder give out all it can of a body that is not complete. */
  readonly flush: number | undefined
}

const codings: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', { decode: zlib.gunzipSync, flush: zlib.constants.Z_SYNC_FLUSH }],
  ['deflate', { decode: zlib.inflateSync, flush: zlib.constants.Z_SYNC_FLUSH }],
  ['br', { decode: zlib.brotliDecompressSync, flush: zlib.constants.BROTLI_OPERATION_FLUSH }],
  ['zstd', zstd()],
])

/** Only from Node 22.15 on; before that such an answer is passed on without a look into it. */
function zstd(): Coding {
  const { zstdDecompressSync: decode, constants } = zlib as {
    readonly zstdDecompressSync?: Decode
    readonly constants: { readonly ZSTD_e_flush?: number }
  }
  return { decode, flush: constants.ZSTD_e_flush }
}

function isPlain(encoding: string): boolean {
  return encoding === '' || encoding === 'identity'
}

/** A whole body in the clear; empty when it cannot be decoded (damaged, cut short, unknown coding, larger than 1 MiB). */
export function decodeBody(body: Buffer, encoding: string): Buffer {
  return isPlain(encoding) ? body : attempt(codings.get(encoding)?.decode, body, {})
}

/**
 * Turns the pieces of a body into the bytes that each adds in the clear; null for a coding that cannot be read. Gives
 * up with null after 32 pieces of a compressed body.
 */
export function openDecoder(encoding: string): ((chunk: Buffer) => Buffer | null) | null {
  if (isPlain(encoding)) return (chunk) => chunk
  const coding = codings.get(encoding)
  if (coding?.decode === undefined || coding.flush === undefined) return null
  const options = { finishFlush: coding.flush }
  let seen = Buffer.alloc(0)
  let decodedBytes = 0
  let looks = 0
  return (chunk) => {
    if (++looks > looksMax) return null
    seen = Buffer.concat([seen, chunk])
    const added = attempt(coding.decode, seen, options).subarray(decodedBytes)
    decodedBytes += added.length
    return added
  }
}

function attempt(decode: Decode | undefined, body: Buffer, options: zlib.ZlibOptions): Buffer {
  try {
    return decode?.(body, { ...options, maxOutputLength: decodedBytesMax }) ?? Buffer.alloc(0)
  } catch {
    // Damaged, cut short or larger than the limit: the status and the headers decide alone.
    return Buffer.alloc(0)
  }
}
