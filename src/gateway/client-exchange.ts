// The client's side of one request: whether it is still there, and the one answer it gets.
import type { ServerResponse } from 'node:http'
import type { Dialect } from '../domain/provider.ts'
import type { KeptRefusal } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusalResponse } from './gateway-errors.ts'
import type { Metrics } from './metrics.ts'
import type { Answer } from './upstream-answer.ts'
import { noFacts, type RequestFacts, type RequestOutcome } from './usage-record.ts'

export interface ClientExchange {
  /** What is known of the request so far: written on its way by whoever learns it. */
  readonly facts: RequestFacts
  isGone(): boolean
  /** Called when the client leaves before its answer is complete; replaces the callback before it. At once when it has left already. */
  onGone(callback: () => void): void
  pass(answer: Answer, ownHeaders: readonly string[], outcome: RequestOutcome): void
  replay(kept: KeptRefusal): void
  refuse(refused: Refusal, ownHeaders?: readonly string[]): void
}

export interface ExchangeDeps {
  readonly gateway: Pick<GatewayDeps, 'host' | 'requestEnded'>
  readonly metrics: Pick<Metrics, 'requestStarted' | 'requestEnded'>
}

/** Begins to count the request; its record is made when the last byte was handed over or the client left. */
export function openExchange(deps: ExchangeDeps, response: ServerResponse, dialect: Dialect): ClientExchange {
  const { gateway, metrics } = deps
  const startedAtMs = gateway.host.monotonicMs()
  const facts = noFacts()
  let outcome: RequestOutcome = 'client_left'
  let leave: (() => void) | null = null
  let isOver = false
  metrics.requestStarted()
  response.on('close', () => {
    isOver = true
    const isComplete = response.writableFinished
    metrics.requestEnded(
      facts.provider ?? 'none',
      isComplete ? outcome : 'client_left',
      gateway.host.monotonicMs() - startedAtMs,
    )
    if (!isComplete) leave?.()
  })

  function write(status: number, reason: string, headers: readonly string[], body: Buffer): void {
    if (reason === '') response.writeHead(status, [...headers])
    else response.writeHead(status, reason, [...headers])
    response.end(body)
  }

  return {
    facts,
    isGone: () => isOver,
    onGone(callback) {
      leave = callback
      if (isOver) callback()
    },
    pass(answer, ownHeaders, passed) {
      outcome = passed
      leave = answer.discard
      answer.passOn(response, ownHeaders)
    },
    replay({ status, reason, headers, body }) {
      outcome = 'rate_limited'
      write(status, reason, headers, body)
    },
    refuse(refused, ownHeaders = []) {
      outcome =
        refused.code === 'rate_limited' ? 'rate_limited' : refused.code.startsWith('upstream_') ? 'failed' : 'refused'
      const { status, headers, body } = refusalResponse(dialect, refused)
      write(status, '', [...headers, ...ownHeaders], body)
    },
  }
}
