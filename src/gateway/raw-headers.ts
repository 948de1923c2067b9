// Raw headers as Node gives them, name, value, name, value …, in the sender's order and case: finding and leaving out.

/** Headers of one hop, RFC 9110 section 7.6.1: they end at each proxy, as do those that a Connection header names. */
export const hopByHop = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

const ownPrefix = 'x-traseai-'

/** One of the gateway's own headers, in whatever case. */
export function isOwn(name: string): boolean {
  return (name.charCodeAt(0) | 0x20) === 0x78 && name.slice(0, ownPrefix.length).toLowerCase() === ownPrefix
}

/** What nearly every Connection header says: it names no header. */
const usualConnection = /^(?:keep-alive|close)$/i

/** The value of a header by its lower-case name; of several the first. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return headers[i + 1]
  return undefined
}

/** The headers but those whose lower-case name is to be dropped. */
export function withoutHeaders(headers: readonly string[], isDropped: (name: string) => boolean): string[] {
  return headers.filter((_, i) => !isDropped((headers[i - (i % 2)] ?? '').toLowerCase()))
}

/** The headers but those that one of the Connection headers names; the very same array when they name none. */
export function withoutConnectionNamed(headers: string[], connections: readonly string[]): string[] {
  if (connections.every((value) => usualConnection.test(value))) return headers
  const named = new Set(connections.flatMap((value) => value.split(',').map((name) => name.trim().toLowerCase())))
  return withoutHeaders(headers, (name) => named.has(name))
}
