// The client's side of one request: whether it is still there, and the one answer it gets.
import type { Dialect } from '../domain/provider.ts'
import type { AnswerClass } from '../domain/rate-limit.ts'
import type { ClientResponse } from './clients/response.ts'
import type { KeptRefusal } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'
import { type GatewayErrorCode, type Refusal, refusalResponse } from './gateway-errors.ts'
import type { Metrics } from './metrics/metrics.ts'
import { writeWhole } from './own-answers.ts'
import type { Answer } from './upstream/answer.ts'
import type { UsageDecoding } from './usage/decoding.ts'
import { newDraft, recordOf, type RecordDraft, type RequestOutcome, type UsageRecord } from './usage/record.ts'
import { openUsageTap, type UsageTap } from './usage/tap.ts'

export interface ClientExchange {
  /** What is known of the request so far: written on its way by whoever learns it. */
  readonly draft: RecordDraft
  isGone(): boolean
  /** Called when the client leaves before its answer is complete; replaces the callback before it. At once when it has left already. */
  onGone(callback: () => void): void
  pass(answer: Answer, ownHeaders: readonly string[], outcome: RequestOutcome): void
  replay(kept: KeptRefusal): void
  refuse(refused: Refusal, ownHeaders?: readonly string[]): void
}

export interface ExchangeDeps {
  readonly gateway: Pick<GatewayDeps, 'host' | 'record' | 'requestEnded'>
  readonly decoding: UsageDecoding
  readonly metrics: Pick<Metrics, 'requestStarted' | 'requestLeft' | 'requestEnded'>
}

/** Begins to count the request; its record is made when the last byte was handed over or the client left. */
export function openExchange(deps: ExchangeDeps, response: ClientResponse, dialect: Dialect): ClientExchange {
  const { gateway, decoding, metrics } = deps
  const { host } = gateway
  const startedAt = host.now()
  const startedAtMs = host.monotonicMs()
  const draft = newDraft()
  let outcome: RequestOutcome = 'client_left'
  let status = 0
  let code: GatewayErrorCode | null = null
  let passed: Answer | null = null
  let tap: UsageTap | null = null
  let leave: (() => void) | null = null
  let isOver = false
  metrics.requestStarted()

  response.onClose(() => {
    isOver = true
    const isComplete = response.isFinished()
    const left = passed?.brokeOff() ? 'failed' : 'client_left' // looked at first: leaving ends the answer, too
    if (!isComplete) leave?.()
    metrics.requestLeft()
    const durationMs = host.monotonicMs() - startedAtMs
    // What began well may end in an error event: of an overload, or of a limit.
    const failure = outcome === 'ok' ? (tap?.failure() ?? null) : null
    if (failure === 'rate_limited') recordLateLimit(gateway, draft, startedAt)
    const firstAtMs = tap?.firstContentAtMs() ?? null
    const end = {
      at: host.now(),
      status,
      outcome: isComplete ? outcomeOf(outcome, failure) : left,
      code,
      durationMs,
      ttftMs: firstAtMs === null ? null : firstAtMs - startedAtMs,
    } as const
    const tokens = tap?.tokens() ?? null
    if (tokens instanceof Promise) void tokens.then((counts) => tell(deps, recordOf(draft, end, counts)))
    else tell(deps, recordOf(draft, end, tokens))
  })

  return {
    draft,
    isGone: () => isOver,
    onGone(callback) {
      leave = callback
      if (isOver) callback()
    },
    pass(answer, ownHeaders, passedAs) {
      outcome = passedAs
      passed = answer
      status = answer.status
      leave = answer.discard
      tap = openUsageTap({ host, decoding }, dialect, answer)
      answer.passOn(response, ownHeaders, tap)
    },
    replay(kept) {
      outcome = 'rate_limited'
      status = kept.status
      response.writeHead(status, kept.reason, [...kept.headers, 'date', response.date()])
      response.end(kept.body)
    },
    refuse(refused, ownHeaders = []) {
      code = refused.code
      outcome = refusedAs[code] ?? 'refused'
      const written = refusalResponse(dialect, refused)
      status = written.status
      writeWhole(response, status, [...written.headers, ...ownHeaders], written.body)
    },
  }
}

/** The codes whose outcome is not `refused`. */
const refusedAs: Readonly<Partial<Record<GatewayErrorCode, RequestOutcome>>> = {
  rate_limited: 'rate_limited',
  upstream_unreachable: 'failed',
  upstream_timeout: 'failed',
  internal: 'failed',
}

function tell({ gateway, metrics }: ExchangeDeps, record: UsageRecord): void {
  metrics.requestEnded(record)
  gateway.requestEnded(record)
}

/** A limit that shows behind the first content changes nothing for this client; the next request goes elsewhere. */
function recordLateLimit(gateway: ExchangeDeps['gateway'], { profileId, model }: RecordDraft, startedAt: number): void {
  if (profileId === null) return
  gateway.record({ outcome: 'rate_limited', profileId, model, startedAt, status: 200, retryAfterMs: null })
}

function outcomeOf(outcome: RequestOutcome, failure: AnswerClass | null): RequestOutcome {
  if (failure === null) return outcome
  return failure === 'rate_limited' ? 'rate_limited' : 'provider_error'
}
