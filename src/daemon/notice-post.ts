// The POST of a notice, over connections as providers get them: proxies and authorities of the settings count for it too.
import { statedResetMs } from '../domain/reset-time.ts'
import { headerOf } from '../gateway/raw-headers.ts'
import { type Answer, requestAnswer } from '../gateway/upstream/answer.ts'
import { openUpstream, type UpstreamSettings } from '../gateway/upstream/upstream.ts'
import { whyUnreachable } from '../gateway/upstream/why-unreachable.ts'
import type { Host } from '../host.ts'
import type { HttpAnswer, HttpPost } from '../notify/delivery.ts'
import { version } from '../version.ts'

/** A server of notices answers at once or has a problem. */
const answerMsMax = 20_000

export interface NoticePostDeps {
  readonly host: Pick<Host, 'now' | 'env' | 'paths' | 'log' | 'setTimer'>
  /** `gateway.upstream`. */
  settings(): UpstreamSettings
}

/** Sends one POST on a connection of its own, which is closed again. Never rejects. */
export async function postNotice(
  { host, settings }: NoticePostDeps,
  { url, headers, body }: HttpPost,
): Promise<HttpAnswer> {
  const { protocol, host: authority, pathname, search } = new URL(url)
  const limits = (): UpstreamSettings => ({ ...settings(), headersMs: answerMsMax, idleMs: answerMsMax })
  const upstream = openUpstream({ host, settings: limits })
  try {
    const request = {
      method: 'POST',
      path: `${pathname}${search}`,
      headers: ['user-agent', `traseai/${version}`, ...Object.entries(headers).flat()],
      body: Buffer.from(body),
    }
    const origin = { baseUrl: `${protocol}//${authority}` }
    const answer = await requestAnswer({
      host,
      holdFor: () => null,
      dispatch: (handler) => upstream.dispatch(origin, request, handler),
    }).settled
    if (answer.kind === 'failed') return { failure: `${authority} cannot be reached: ${whyUnreachable(answer.error)}` }
    answer.discard()
    return asHttpAnswer(answer, host.now())
  } finally {
    upstream.close()
  }
}

function asHttpAnswer({ status, headers, contentType }: Answer, now: number): HttpAnswer {
  return { status, contentType, retryAfterMs: statedResetMs((name) => headerOf(headers, name), null, now) }
}
