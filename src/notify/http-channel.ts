// What the channels over HTTP have in common: the token, and what an answer means.
import type { Delivery, DeliveryDeps, HttpPost } from './delivery.ts'
import { readTokenFile } from './token-file.ts'

/** Answers after which the very same request may succeed soon (RFC 9110 section 15.5, RFC 6585). */
const passing: ReadonlySet<number> = new Set([408, 425, 429])

export async function postNotice(
  { host, post }: DeliveryDeps,
  { url, tokenFile }: { readonly url: string; readonly tokenFile?: string | undefined },
  { headers, body }: Omit<HttpPost, 'url'>,
): Promise<Delivery> {
  const authorization = tokenFile === undefined ? ownAuthorization(url) : await readTokenFile(host, tokenFile)
  if ('problem' in authorization) return { ok: false, reason: authorization.problem, isLasting: true }
  const credentials = 'token' in authorization ? { authorization: `Bearer ${authorization.token}` } : authorization
  const answer = await post({ url, headers: { ...headers, ...credentials }, body })
  if ('failure' in answer) return { ok: false, reason: answer.failure }
  const { status, retryAfterMs, contentType } = answer
  // The sign-in page of a network answers everything well.
  if (status < 300 && contentType.startsWith('text/html'))
    return { ok: false, reason: 'a web page answered in its place' }
  if (status >= 200 && status < 300) return { ok: true }
  const reason = `it answered HTTP ${status}${meanings[status] ?? ''}`
  return { ok: false, reason, isLasting: status < 500 && !passing.has(status), retryAfterMs }
}

const meanings: Readonly<Record<number, string>> = {
  401: ': it wants a token, or another one',
  403: ': this may not be done with this token, or without one',
  404: ': nothing is at that address',
  413: ': the notice is too long for it',
  429: ': too many notices for it now',
}

/** Of an address with a name and a password in it. */
function ownAuthorization(url: string): { readonly authorization: string } | Record<string, never> {
  const { username, password } = new URL(url)
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}
