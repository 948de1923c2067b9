// One answer of a provider: held back until it is known what it means, then passed on byte for byte, or dropped.
import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Host, Timer } from '../host.ts'
import type { Tap } from './tap.ts'
import { type AnswerHeaders, answerHeaders } from './upstream-headers.ts'

/** What must be seen of a body before the answer is settled. Both limits end the wait. */
export interface Hold {
  readonly bytesMax: number
  readonly timeMsMax: number
  /** True once this piece settles it. */
  isEnough(chunk: Buffer): boolean
}

export interface Answer extends AnswerHeaders {
  readonly kind: 'answer'
  readonly status: number
  readonly reason: string
  /** What was held back so far, in order. */
  readonly held: readonly Buffer[]
  /** Whether `held` is the whole body. */
  isComplete(): boolean
  /** Writes head, held bytes and all that follows, with back-pressure; `extra` are raw headers of the gateway's own. */
  passOn(response: ServerResponse, extra: readonly string[], tap?: Tap | null): void
  /** Cuts the connection unless the answer is already complete. */
  readonly discard: () => void
}

/** No answer at all. `error.code` says why (an errno or `UND_ERR_…`). */
export interface NoAnswer {
  readonly kind: 'failed'
  readonly error: Error
}

export interface PendingAnswer {
  readonly settled: Promise<Answer | NoAnswer>
  /** The client left: ends the request, whatever its stage. */
  readonly cancel: () => void
}

export interface AnswerRequest {
  readonly host: Pick<Host, 'setTimer'>
  dispatch(handler: Dispatcher.DispatchHandler): void
  /** Null lets the answer go as soon as its head is here. */
  readonly holdFor: (status: number, headers: AnswerHeaders) => Hold | null
}

/** A settled answer that nobody takes yet stops reading here: one read of a socket. */
const unclaimedBytesMax = 65_536

/** Sends a request and settles when its answer may be judged: with the head, or when `holdFor` has seen enough. */
export function requestAnswer(request: AnswerRequest): PendingAnswer {
  let controller: Dispatcher.DispatchController | null = null
  let cancelled = false
  let body: HeldBody | null = null
  let endsWithHead = false
  let settle: (outcome: Answer | NoAnswer) => void
  const settled = new Promise<Answer | NoAnswer>((resolve) => {
    settle = resolve
  })

  function cancel(): void {
    cancelled = true
    controller?.abort(new Error('no longer wanted'))
  }

  request.dispatch({
    // Called again with a new controller when a connection that was closed in the meantime is replaced.
    onRequestStart(started) {
      controller = started
      if (cancelled) cancel()
    },
    onResponseStart(started, status, _headers, reason = '') {
      if (status < 200) return // an informational response; the final one follows
      endsWithHead = status === 204 || status === 304
      const head = answerHeaders(started.rawHeaders as Buffer[]) // the HTTP/1 connection's own form
      body = holdBody(request.host, started, head.contentLength, request.holdFor(status, head), () =>
        settle(answerOf(head, status, reason, held, cancel)),
      )
      const held = body
      held.begin()
    },
    onResponseData: (_controller, chunk) => body?.add(chunk),
    onResponseEnd: () => body?.finish(null),
    onResponseError(_controller, error) {
      // Such an answer may state the length of a body it does not have (RFC 9110 section 15.4.5), which undici calls a mismatch.
      if (body) body.finish(endsWithHead ? null : error)
      else settle({ kind: 'failed', error })
    },
  })
  return { settled, cancel }
}

function answerOf(head: AnswerHeaders, status: number, reason: string, body: HeldBody, cancel: () => void): Answer {
  // Node refuses to write a reason with other characters.
  const written = /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(reason) ? reason : ''
  return {
    kind: 'answer',
    ...head,
    status,
    reason: written,
    held: body.chunks,
    isComplete: () => body.isComplete(),
    passOn(response, extra, tap = null) {
      response.sendDate = false
      response.writeHead(status, written, [...head.headers, ...extra])
      body.passTo(response, tap)
    },
    discard() {
      if (!body.isComplete()) cancel()
    },
  }
}

interface HeldBody {
  readonly chunks: Buffer[]
  begin(): void
  add(chunk: Buffer): void
  finish(error: Error | null): void
  isComplete(): boolean
  passTo(response: ServerResponse, tap: Tap | null): void
}

/** Collects the body's pieces until a response takes them; from then on they go straight through. */
function holdBody(
  host: Pick<Host, 'setTimer'>,
  controller: Dispatcher.DispatchController,
  contentLength: number | null,
  hold: Hold | null,
  onSettled: () => void,
): HeldBody {
  const chunks: Buffer[] = []
  let bytes = 0
  let isSettled = false
  let end: { readonly error: Error | null } | null = null
  let sink: ServerResponse | null = null
  let tap: Tap | null = null
  let timer: Timer | null = null

  function settleOnce(): void {
    if (isSettled) return
    isSettled = true
    timer?.cancel()
    onSettled()
  }

  /** The last piece goes out together with the end of the message, which saves a write. */
  function write(response: ServerResponse, chunk: Buffer): void {
    bytes += chunk.length
    if (bytes === contentLength) response.end(chunk)
    else if (!response.write(chunk)) controller.pause()
    tap?.chunk(chunk)
  }

  function close(response: ServerResponse, error: Error | null): void {
    if (error === null) {
      if (!response.writableEnded) response.end()
    } else response.destroy() // the provider's answer broke off, and so must ours
    tap?.end(error === null)
  }

  return {
    chunks,
    begin() {
      if (hold === null) settleOnce()
      else timer = host.setTimer(hold.timeMsMax, settleOnce)
    },
    add(chunk) {
      if (sink) return write(sink, chunk)
      chunks.push(chunk)
      bytes += chunk.length
      if (!isSettled && hold && (hold.isEnough(chunk) || bytes >= hold.bytesMax)) settleOnce()
      if (isSettled && bytes >= unclaimedBytesMax) controller.pause()
    },
    finish(error) {
      end = { error }
      if (sink) close(sink, error)
      else settleOnce()
    },
    isComplete: () => end?.error === null,
    passTo(response, seenBy) {
      sink = response
      tap = seenBy
      bytes = 0
      response.on('drain', () => controller.resume())
      for (const chunk of chunks) write(response, chunk)
      if (end) close(response, end.error)
      else if (!response.writableNeedDrain) controller.resume()
    },
  }
}
