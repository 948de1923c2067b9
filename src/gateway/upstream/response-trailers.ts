// The trailer section of a chunked answer: which of its fields may go on to the client.
import { fieldLine, trimmed } from '../http-syntax.ts'
import { hopByHop, isOwn } from '../raw-headers.ts'
import { badAnswer } from './failures.ts'

/** What RFC 9110 section 6.5.1 keeps out of trailers: framing, routing, authentication, controls and the format of the content. */
const forbidden: ReadonlySet<string> = new Set([
  ...hopByHop,
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'host',
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'set-cookie',
  'cache-control',
  'expires',
  'age',
  'date',
  'location',
  'retry-after',
  'vary',
  'expect',
  'max-forwards',
  'pragma',
  'range',
])

const wellFormed = new RegExp(`^(?:${fieldLine})*$`)

/**
 * Names and values by turns, without the forbidden ones.
 * @param text latin1, each field with its CRLF, without the empty line
 * @throws UpstreamError `UPSTREAM_BAD_ANSWER`
 */
export function parseTrailers(text: string): string[] {
  if (!wellFormed.test(text)) throw badAnswer('its trailers are malformed')
  const trailers: string[] = []
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue // behind the last CRLF
    const name = line.slice(0, colon)
    const key = name.toLowerCase()
    const value = trimmed(line, colon + 1, line.length)
    if (!forbidden.has(key) && !isOwn(name)) trailers.push(name, value)
  }
  return trailers
}
