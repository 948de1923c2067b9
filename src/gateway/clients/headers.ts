// One pass over a client's raw headers: what the gateway itself reads, and what goes on to the provider.
import { byName } from '../http-syntax.ts'
import { hopByHop, isOwn, withoutConnectionNamed } from '../raw-headers.ts'

export interface ClientHeaders {
  /** Null when there is none, or more than one: RFC 9112 section 3.2. */
  readonly host: string | null
  readonly origin: string | null
  readonly fetchSite: string | null
  /** What the client presents where its API key would be, in the order of the headers. */
  readonly tokens: string[]
  readonly profile: string | null
  readonly agent: string | null
  readonly session: string | null
  /** Bytes, null when not stated. The parser has checked that it is a number. */
  readonly contentLength: number | null
  /** Whether a body follows, of stated length or in chunks. */
  readonly hasBody: boolean
  /** The protocol that the client wants to switch to. */
  readonly upgrade: string | null
  /** All of them, as one list. */
  readonly transferEncoding: string | null
  /** Raw names and values for the provider: no hop-by-hop headers, no credentials of the client, nothing of ours. */
  readonly forward: string[]
}

/** `keep` is read here and goes on all the same. */
type Use = 'drop' | 'read' | 'keep' | 'token' | 'connection'

/**
 * Hop-by-hop headers end here, as do `expect` (the body is collected here), the client's credentials, and the
 * length, which is written anew. Everything that is not in this table goes on as it came.
 */
const useOf = byName<Use>([
  ...hopByHop.map((name): [string, Use] => [name, 'drop']),
  ['connection', 'connection'],
  ['expect', 'drop'],
  ['proxy-authorization', 'drop'],
  ['transfer-encoding', 'read'],
  ['upgrade', 'read'],
  ['host', 'read'],
  ['content-length', 'read'],
  ['origin', 'keep'],
  ['sec-fetch-site', 'keep'],
  ['authorization', 'token'],
  ['x-api-key', 'token'],
  ['x-goog-api-key', 'token'],
])

/** Servers that hand headers to programs as variables read `X_Api_Key` as `X-Api-Key`: what must not go on under one name must not under the other. */
function usual(name: string): Use | null {
  if (isOwn(name)) return 'read'
  if (!name.includes('_')) return null
  const meant = name.replaceAll('_', '-')
  const use = useOf(meant)
  return isOwn(meant) || (use !== undefined && use !== 'keep') ? 'drop' : null
}

/** `rawHeaders` as Node gives them: name, value, name, value …, in the client's order and case. */
export function readClientHeaders(rawHeaders: readonly string[]): ClientHeaders {
  const read = new Map<string, string>()
  const tokens: string[] = []
  const forward: string[] = []
  const connections: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string // i is within the array
    const value = rawHeaders[i + 1] as string
    const use = useOf(name) ?? usual(name)
    if (use === null || use === 'keep') forward.push(name, value)
    if (use === 'token') tokens.push(value.replace(/^bearer\s+/i, '').trim())
    else if (use === 'connection') connections.push(value)
    else if (use !== null && use !== 'drop') keep(read, name.toLowerCase(), value)
  }
  const contentLength = read.get('content-length')
  return {
    host: read.get('host') || null,
    origin: read.get('origin') ?? null,
    fetchSite: read.get('sec-fetch-site') ?? null,
    tokens,
    profile: read.get('x-traseai-profile') ?? null,
    agent: read.get('x-traseai-agent') ?? null,
    session: read.get('x-traseai-session') ?? null,
    contentLength: contentLength === undefined ? null : Number(contentLength),
    hasBody: contentLength === undefined ? read.has('transfer-encoding') : Number(contentLength) > 0,
    upgrade: read.get('upgrade') ?? null,
    transferEncoding: read.get('transfer-encoding') ?? null,
    forward: withoutConnectionNamed(forward, connections),
  }
}

/** Of several the first counts, but for the coding, where each says something of the body, and for the Host, where two say nothing. */
function keep(read: Map<string, string>, key: string, value: string): void {
  const before = read.get(key)
  if (before === undefined) read.set(key, value)
  else if (key === 'transfer-encoding') read.set(key, `${before}, ${value}`)
  else if (key === 'host') read.set(key, '')
}
