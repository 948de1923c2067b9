// The content codings that this Node can undo (RFC 9110 section 8.4.1), each at once or on another thread.
import * as zlib from 'node:zlib'

export interface ContentCoding {
  readonly decodeSync: typeof zlib.gunzipSync
  readonly decode: (body: Buffer, options: zlib.ZlibOptions, done: (error: Error | null, plain: Buffer) => void) => void
  /** Makes a decoder give out all it can of a body that is not complete. */
  readonly finishFlush: number
}

const gzip: ContentCoding = {
  decodeSync: zlib.gunzipSync,
  decode: zlib.gunzip,
  finishFlush: zlib.constants.Z_SYNC_FLUSH,
}

const codings: ReadonlyMap<string, ContentCoding> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', { decodeSync: zlib.inflateSync, decode: zlib.inflate, finishFlush: zlib.constants.Z_SYNC_FLUSH }],
  [
    'br',
    {
      decodeSync: zlib.brotliDecompressSync,
      decode: zlib.brotliDecompress as ContentCoding['decode'], // its own options are not asked for
      finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
    },
  ],
  ...zstd(),
])

/** Only from Node 22.15 on. */
function zstd(): [string, ContentCoding][] {
  const { zstdDecompressSync, zstdDecompress, constants } = zlib as {
    readonly zstdDecompressSync?: ContentCoding['decodeSync']
    readonly zstdDecompress?: ContentCoding['decode']
    readonly constants: { readonly ZSTD_e_flush?: number }
  }
  const { ZSTD_e_flush: finishFlush } = constants
  if (!zstdDecompressSync || !zstdDecompress || finishFlush === undefined) return []
  return [['zstd', { decodeSync: zstdDecompressSync, decode: zstdDecompress, finishFlush }]]
}

/** By its lower-case name; undefined for one that cannot be undone here, and such a body is passed on without a look into it. */
export function codingNamed(encoding: string): ContentCoding | undefined {
  return codings.get(encoding)
}

/** A body that is sent as it is. */
export function isIdentity(encoding: string): boolean {
  return encoding === '' || encoding === 'identity'
}
