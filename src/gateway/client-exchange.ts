// The client's side of one request: whether it is still there, and the one answer it gets.
import type { ServerResponse } from 'node:http'
import type { Dialect } from '../domain/provider.ts'
import type { KeptRefusal } from './cooling.ts'
import { type Refusal, refusalResponse } from './gateway-errors.ts'
import type { RequestOutcome } from './metrics.ts'
import type { Answer } from './upstream-answer.ts'

export interface ClientExchange {
  isGone(): boolean
  /** Called when the client leaves before its answer is complete; replaces the callback before it. At once when it has left already. */
  onGone(callback: () => void): void
  pass(answer: Answer, ownHeaders: readonly string[], outcome: RequestOutcome): void
  replay(kept: KeptRefusal): void
  refuse(refused: Refusal, ownHeaders?: readonly string[]): void
}

export interface ExchangeOptions {
  readonly dialect: Dialect
  /** Called once, when the last byte was handed over or the client left. */
  readonly onEnded: (outcome: RequestOutcome) => void
}

export function openExchange(response: ServerResponse, { dialect, onEnded }: ExchangeOptions): ClientExchange {
  let outcome: RequestOutcome = 'client_left'
  let leave: (() => void) | null = null
  let isOver = false
  response.on('close', () => {
    isOver = true
    const isComplete = response.writableFinished
    onEnded(isComplete ? outcome : 'client_left')
    if (!isComplete) leave?.()
  })

  function write(status: number, reason: string, headers: readonly string[], body: Buffer): void {
    if (reason === '') response.writeHead(status, [...headers])
    else response.writeHead(status, reason, [...headers])
    response.end(body)
  }

  return {
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
