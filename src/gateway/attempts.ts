// The way of one model request through its candidates: try, judge, go on to the next, wait, or say why not.
import { isoInstant } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import type { AnswerClass, Classification } from '../domain/rate-limit.ts'
import type { SelectionRequest } from '../domain/selection.ts'
import type { Limited } from '../domain/standing.ts'
import { roomAt } from '../domain/refill.ts'
import { openJudge } from './answer-verdict.ts'
import type { ClientExchange } from './client-exchange.ts'
import { type Cooling, withRetryAfter } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusal } from './gateway-errors.ts'
import type { Metrics } from './metrics/metrics.ts'
import { headerOf } from './raw-headers.ts'
import { nextStep, type NoneLeft, type Refuse, type Try } from './next-step.ts'
import { noAnswerRefusal, noCredentials } from './refusals.ts'
import type { StreamedBody } from './request-body.ts'
import { type Answer, requestAnswer } from './upstream/answer.ts'
import { withCredential } from './upstream/credential-header.ts'
import type { SilentProviders } from './silent-providers.ts'
import type { Upstream } from './upstream/upstream.ts'
import { noteAsked, type RequestOutcome } from './usage/record.ts'

/** What stays the same for each attempt of a request. */
export interface ModelRequest {
  readonly provider: Provider
  readonly method: string
  /** Path and query at the provider's origin. */
  readonly path: string
  /** Raw headers without any credential. */
  readonly headers: readonly string[]
  /** A streamed one can be sent once only: whatever the first credential is answered goes back. */
  readonly body: Buffer | StreamedBody | null
  readonly asked: SelectionRequest
}

export interface AttemptsDeps {
  readonly gateway: GatewayDeps
  readonly upstream: Upstream
  readonly cooling: Cooling
  readonly metrics: Metrics
  readonly silent: SilentProviders
}

/** Waits of one request; each ends with a look at the candidates, which may have started to cool anew. */
const waitsMax = 8

/** The newest answer that refused an attempt, for the case that it is the last. */
interface Refused {
  readonly answer: Answer
  readonly ownHeaders: readonly string[]
}

/**
 * Serves a request with the first candidate that is not rate limited. Each candidate is tried at most once; only a rate limit leads to the
 * next one; when all are limited, the client gets the last answer as it came. Resolves when the answer is on its way, or the client left.
 */
export async function serveWithCandidates(
  deps: AttemptsDeps,
  request: ModelRequest,
  exchange: ClientExchange,
): Promise<void> {
  const { host } = deps.gateway
  const tried = new Set<ProfileId>()
  const { draft } = exchange
  noteAsked(draft, request.asked, request.path)
  // A wait is a duration: a clock that is set back meanwhile must not make it longer.
  const waitsUntilMs = host.monotonicMs() + deps.gateway.settings().holdMs
  let waits = 0
  let refused: Refused | null = null
  while (!exchange.isGone()) {
    const leftMs = waits < waitsMax ? waitsUntilMs - host.monotonicMs() : 0
    const next = nextStep(deps, request.asked, { tried, deadline: host.now() + Math.max(Math.ceil(leftMs), 0) })
    if (next.step === 'wait') {
      waits++
      exchange.onGone(next.cancel)
      const since = host.monotonicMs()
      await next.over
      draft.waitedMs += host.monotonicMs() - since
      continue
    }
    if (next.step !== 'try') return giveUp(deps, request, exchange, next, refused)
    tried.add(next.profileId)
    draft.profileId = next.profileId
    draft.attempts = tried.size
    refused?.answer.discard()
    if (next.fallbackFor !== null) announceFallback(deps, next.profileId, next.fallbackFor)
    try {
      refused = await attempt(deps, request, exchange, next, tried.size)
    } finally {
      next.endTrial?.()
    }
    if (refused === null) return
  }
  refused?.answer.discard()
}

/** One attempt. Null when the request is finished with it; else the rate-limited answer, for the case that it is the last. */
async function attempt(
  deps: AttemptsDeps,
  request: ModelRequest,
  exchange: ClientExchange,
  { profileId, secret, endTrial, fallbackFor }: Try,
  attempts: number,
): Promise<Refused | null> {
  const { gateway, upstream, metrics } = deps
  const { provider, method, path, body } = request
  const { model } = request.asked
  const startedAt = gateway.host.now()
  const start = gateway.noteStart(profileId, model)
  const judge = openJudge(provider.dialect, gateway.host)
  const headers = withCredential(request.headers, provider, secret.reveal())
  const pending = requestAnswer({
    host: gateway.host,
    dispatch: (handler) => upstream.dispatch(provider, { method, path, headers, body }, handler),
    holdFor: judge.holdFor,
  })
  exchange.onGone(pending.cancel)
  const answer = await pending.settled
  if (exchange.isGone()) {
    metrics.attempt(provider.id, profileId, 'cancelled')
    return null
  }
  const own = ownHeaders(profileId, attempts, fallbackFor !== null)
  if (answer.kind === 'failed') {
    metrics.attempt(provider.id, profileId, 'failed')
    const refused = noAnswerRefusal(provider, answer.error)
    deps.silent.noAnswer(provider, { code: refused.code, cause: answer.error.message })
    exchange.refuse(refused, own)
    return null
  }
  deps.silent.answered(provider.id)
  const verdict = judge.verdict(answer)
  metrics.attempt(provider.id, profileId, verdict.class)
  gateway.noteQuota(profileId, model, start, answer.headers)
  record(gateway, { asked: request.asked, profileId, startedAt, isTrial: endTrial !== null, answer, verdict })
  if (verdict.class === 'rate_limited') deps.cooling.keep(profileId, model, answer)
  const canSendAgain = body === null || Buffer.isBuffer(body)
  if (verdict.tryNext && canSendAgain) return { answer, ownHeaders: own }
  exchange.pass(answer, own, outcomes[verdict.class])
  return null
}

/** What an answer that is passed on is for its client. */
const outcomes = {
  ok: 'ok',
  rate_limited: 'rate_limited',
  unauthorized: 'provider_error',
  billing: 'provider_error',
  restricted: 'provider_error',
  other: 'provider_error',
} as const satisfies Record<AnswerClass, RequestOutcome>

/** Once for each cooldown: money must not be spent in silence. */
function announceFallback({ gateway, cooling }: AttemptsDeps, profileId: ProfileId, limited: Limited): void {
  if (!cooling.isNewFallback(limited)) return
  const until = limited.until === null ? {} : { until: isoInstant(limited.until) }
  gateway.host.log.warn(
    { profileId, limited: limited.profileId, ...until },
    'a paid key is used in place of a subscription credential that is rate limited',
  )
}

/** An attempt that was answered. */
interface Answered {
  readonly asked: SelectionRequest
  readonly profileId: ProfileId
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Whether nobody else is using what it has left. */
  readonly isTrial: boolean
  readonly answer: Pick<Answer, 'status' | 'headers'>
  readonly verdict: Classification
}

function record(gateway: GatewayDeps, { asked, profileId, startedAt, isTrial, answer, verdict }: Answered): void {
  const { session, provider, model } = asked
  const { status, headers } = answer
  const room = (): number | null => roomAt((name) => headerOf(headers, name), startedAt)
  switch (verdict.class) {
    case 'ok':
      if (isTrial) gateway.record({ outcome: 'ok', profileId, model, startedAt, roomAt: room() })
      else gateway.record({ outcome: 'ok', profileId, model, startedAt })
      if (session !== null) gateway.rememberSession(session, provider, profileId)
      break
    case 'rate_limited': {
      const limited = verdict.scope === 'model' ? model : null
      gateway.record({
        outcome: 'rate_limited',
        profileId,
        model: limited,
        startedAt,
        status,
        retryAfterMs: verdict.retryAfterMs,
        // The headers of a stream are from before its limit.
        ...(status < 400 ? {} : { roomAt: room() }),
      })
      break
    }
    case 'unauthorized':
    case 'billing':
      gateway.record({ outcome: verdict.class, profileId, startedAt })
      break
    case 'restricted':
      if (verdict.restrictedTo) {
        gateway.record({ outcome: 'restricted', profileId, to: verdict.restrictedTo, startedAt })
      }
      break
    case 'other':
      break
  }
}

/** The end of the list: the last refusal as it came, or one that was kept, or words. */
function giveUp(
  deps: AttemptsDeps,
  request: ModelRequest,
  exchange: ClientExchange,
  step: Refuse | NoneLeft,
  refused: Refused | null,
): void {
  if (refused) return exchange.pass(refused.answer, refused.ownHeaders, 'rate_limited')
  if (request.body !== null && !Buffer.isBuffer(request.body)) request.body.discard()
  if (step.step === 'none') {
    const { session } = request.asked
    const pinned = session === null ? null : (deps.gateway.pinOf(session)?.profileId ?? null)
    return exchange.refuse(noCredentials(request.provider, step.selection, pinned))
  }
  const seconds = Math.max(1, Math.ceil((step.dueAt - deps.gateway.host.now()) / 1_000))
  const own = ownHeaders(step.profileId, 0, false)
  const kept = deps.cooling.kept(step.limitedBy, request.asked.model)
  if (kept) return exchange.replay({ ...kept, headers: [...withRetryAfter(kept.headers, seconds), ...own] })
  exchange.refuse(allCooling(request.provider, seconds), own)
}

function allCooling({ id }: Provider, retryAfterSeconds: number): Refusal {
  const message = `every credential of ${id} is cooling after a rate limit; the first is due in ${retryAfterSeconds} s`
  return { ...refusal('rate_limited', message, 'see: traseai models auth cooldown list'), retryAfterSeconds }
}

function ownHeaders(profileId: ProfileId, attempts: number, isFallback: boolean): string[] {
  const usual = ['x-traseai-profile', profileId, 'x-traseai-attempts', String(attempts)]
  return isFallback ? [...usual, 'x-traseai-fallback', 'paid'] : usual
}
