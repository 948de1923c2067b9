// Takes one HTTP/1.1 message apart byte for byte, as strictly as a test can be: nothing is joined, lowered or trimmed beyond what the format says.
export interface HttpMessage {
  /** The request or status line. */
  readonly start: string
  /** In order and case, latin 1. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** Bytes of the whole message. */
  readonly length: number
}

export interface ReadOptions {
  /** No more will come: what has no other end is complete. */
  readonly isEnded?: boolean
  /** As an answer to HEAD, or one of status 204 and 304. */
  readonly isBodiless?: boolean
}

/** Null while it is not complete. Throws when it is no message. */
export function readMessage(
  bytes: Buffer,
  { isEnded = false, isBodiless = false }: ReadOptions = {},
): HttpMessage | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [start = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = lines.map(field)
  const bodyStart = headEnd + 4
  const message = (body: Buffer, length: number, trailers: HttpMessage['trailers'] = []): HttpMessage => ({
    start,
    headers,
    body,
    trailers,
    length,
  })
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (lengths.length > 1 || codings.length > 1 || (lengths.length > 0 && codings.length > 0)) {
    throw new Error(`framed more than once: ${JSON.stringify(headers)}`)
  }
  if (isBodiless) return message(Buffer.alloc(0), bodyStart)
  if (codings.length > 0) {
    const chunked = readChunks(bytes, bodyStart)
    return chunked && message(chunked.body, chunked.end, chunked.trailers)
  }
  const isRequest = !start.startsWith('HTTP/')
  if (lengths.length === 0 && !isRequest) return isEnded ? message(bytes.subarray(bodyStart), bytes.length) : null
  const end = bodyStart + Number(lengths[0] ?? 0)
  return bytes.length < end ? null : message(bytes.subarray(bodyStart, end), end)
}

function readChunks(
  bytes: Buffer,
  start: number,
): { readonly body: Buffer; readonly trailers: HttpMessage['trailers']; readonly end: number } | null {
  const chunks: Buffer[] = []
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!Number.isInteger(size)) throw new Error(`no chunk size: ${bytes.toString('latin1', at, lineEnd)}`)
    if (size === 0) {
      const isBare = bytes.toString('latin1', lineEnd, lineEnd + 4) === '\r\n\r\n'
      const end = isBare ? lineEnd : bytes.indexOf('\r\n\r\n', lineEnd + 2)
      if (end < 0 || bytes.length < end + 4) return null
      const lines = isBare ? [] : bytes.toString('latin1', lineEnd + 2, end).split('\r\n')
      return { body: Buffer.concat(chunks), trailers: lines.map(field), end: end + 4 }
    }
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return null
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}

function field(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error(`no header: ${JSON.stringify(line)}`)
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '')]
}

function valuesOf(headers: HttpMessage['headers'], name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}
