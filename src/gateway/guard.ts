// Who may speak to the gateway: loopback names only, no web page, and a token for everything that costs something.
import { quoted } from '../errors.ts'
import { clientTokenHash } from '../vault/client-token-hash.ts'
import type { ClientHeaders } from './clients/headers.ts'
import { type Refusal, refusal } from './gateway-errors.ts'

/** Longer values are no tokens; they are not hashed. */
const tokenLengthMax = 512

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/**
 * Refuses what a web page can send: a Host that is not loopback is a rebound DNS name, an Origin is a browser's word that a page asks
 * (https://fetch.spec.whatwg.org/#origin-header). The gateway's own origin is the Host itself, once that is accepted.
 */
export function refuseForeign(headers: ClientHeaders, allowedHosts: readonly string[]): Refusal | null {
  const { host, origin, fetchSite } = headers
  if (host === null) return refusal('bad_request', 'the request has no Host header, or more than one')
  if (!isAllowedHost(host, allowedHosts)) {
    const message = `the Host ${quoted(host)} is not a loopback name`
    return refusal('forbidden_origin', message, 'use 127.0.0.1 or localhost, or list the name in gateway.allowedHosts')
  }
  const isOwn = origin === null || origin.toLowerCase() === `http://${host.toLowerCase()}`
  const isSameSite = fetchSite === null || fetchSite === 'same-origin' || fetchSite === 'none'
  if (isOwn && isSameSite) return null
  const sender = origin === null ? 'another site' : quoted(origin)
  return refusal(
    'forbidden_origin',
    `a web page of ${sender} may not use the gateway`,
    'call it from a program, not from a browser',
  )
}

function isAllowedHost(host: string, allowedHosts: readonly string[]): boolean {
  if (loopbackHost.test(host)) return true
  if (allowedHosts.length === 0) return false
  const withPort = host.toLowerCase()
  const name = withPort.replace(/:\d{1,5}$/, '')
  return allowedHosts.some((allowed) => allowed.toLowerCase() === withPort || allowed.toLowerCase() === name)
}

export interface KnownClient {
  readonly name: string
  /** What it presented. */
  readonly token: string
}

/** The client that one of these tokens belongs to. A program may present several (its own key beside the gateway's token), so each is looked at. */
export function clientOfTokens(
  tokens: readonly string[],
  clientOf: (tokenHash: string) => string | undefined,
): KnownClient | undefined {
  for (const token of tokens) {
    if (token.length === 0 || token.length > tokenLengthMax) continue
    const name = clientOf(clientTokenHash(token))
    if (name !== undefined) return { name, token }
  }
  return undefined
}

/** A token that the client put in a second place as well would go on to the provider from there: a query, a cookie, a header of its own. */
export function refuseStrayToken(token: string, query: string, forward: readonly string[]): Refusal | null {
  const isStray = query.includes(token) || forward.some((text) => text.length >= token.length && text.includes(token))
  if (!isStray) return null
  const message = 'the gateway token is also where the provider would get it: in the query or in a further header'
  return refusal('bad_request', message, 'send it as the API key alone')
}

export function unauthorized(tokens: readonly string[]): Refusal {
  const message = tokens.length === 0 ? 'no gateway token was sent' : 'the gateway token is wrong or was revoked'
  return refusal(
    'unauthorized_client',
    message,
    'issue one with: traseai clients issue NAME, and use it as the API key',
  )
}
