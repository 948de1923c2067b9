// One request on its way to a provider, from the wait for a connection to the end of its answer.
import { UpstreamError } from './failures.ts'
import type { UpstreamRequest } from './request.ts'
import type { ResponseHead } from './response-head.ts'

/** What is told of an answer, in this order: the head, pieces of the body, and its end or an error. */
export interface AnswerHandler {
  onHead(head: ResponseHead): void
  /** Memory of its own. */
  onBody(bytes: Buffer): void
  /** `trailers` are names and values by turns. */
  onEnd(trailers: readonly string[]): void
  /** No answer, or no more of it; called at most once and last. `error.code` says why. */
  onError(error: Error): void
}

/** The request as its sender holds it. */
export interface UpstreamCall {
  /** No more of the body for now: what was read already still comes. */
  pause(): void
  resume(): void
  /** Cuts the connection; the handler gets an error, unless the answer is complete. */
  abort(): void
}

/** The connection that a request is sent on. */
export interface Carrier {
  begin(call: Call): void
  pause(): void
  resume(): void
  /** Cuts it; the request on it fails for that reason, or silently without one. */
  destroy(reason?: Error): void
}

/** How a connection was lost. */
export interface Loss {
  /** It had served before, and not one byte of an answer to this request came: it may have been closed for being idle. */
  readonly isUnseen: boolean
  /** It was closed before the request was written. */
  readonly isUntouched: boolean
}

export interface Call extends UpstreamCall {
  readonly method: string
  /** As it is written, RFC 9112 section 3. */
  readonly head: string
  readonly body: UpstreamRequest['body']
  readonly handler: AnswerHandler
  run(on: Carrier): void
  end(trailers: readonly string[]): void
  fail(error: Error, loss: Loss): void
  /** Fails without a connection. */
  refuse(error: Error): void
}

export interface CallDeps {
  readonly head: string
  readonly request: UpstreamRequest
  readonly handler: AnswerHandler
  /** Wants a fresh connection. */
  onRepeat(call: Call): void
  /** Given up while it waited for a connection. */
  onGivenUp(call: Call): void
}

/** RFC 9110 section 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const promise = /\r\n(?:x-)?idempotency-key:/i

export function openCall({ head, request, handler, onRepeat, onGivenUp }: CallDeps): Call {
  const { method, body } = request
  let connection: Carrier | null = null
  let isOver = false
  let isRepeated = false

  /**
   * A server closes an idle connection whenever it likes, also just when a request is on its way. Such a request is sent once more, on a new connection,
   * when that cannot make the provider do something twice: because it came after the end, or because doing it twice is no harm. A POST that may have
   * arrived is not repeated; RFC 9110 section 9.2.2 forbids that to a proxy.
   */
  function mayRepeat({ isUnseen, isUntouched }: Loss): boolean {
    if (isOver || isRepeated || !isUnseen) return false
    if (body !== null && !Buffer.isBuffer(body)) return false
    return isUntouched || idempotent.has(method) || promise.test(head)
  }

  function refuse(error: Error): void {
    if (isOver) return
    isOver = true
    handler.onError(error)
  }

  const call: Call = {
    method,
    head,
    body,
    handler,
    run(on) {
      connection = on
      on.begin(call)
    },
    end(trailers) {
      connection = null
      isOver = true
      handler.onEnd(trailers)
    },
    fail(error, loss) {
      connection = null
      if (!mayRepeat(loss)) return refuse(error)
      isRepeated = true
      onRepeat(call)
    },
    refuse,
    pause: () => connection?.pause(),
    resume: () => connection?.resume(),
    abort() {
      if (isOver) return
      const from = connection
      connection = null
      if (from === null) onGivenUp(call)
      else from.destroy()
      refuse(new UpstreamError('UPSTREAM_NOT_WANTED', 'no longer wanted'))
    },
  }
  return call
}
