// One answer of a provider: held back until it is known what it means, then passed on byte for byte, or dropped.
import type { Host, Timer } from '../../host.ts'
import type { ClientResponse } from '../clients/response.ts'
import type { AnswerHandler, UpstreamCall } from './call.ts'
import type { AnswerHeaders, ResponseHead } from './response-head.ts'

/** What must be seen of a body before the answer is settled. Both limits end the wait. */
export interface Hold {
  readonly bytesMax: number
  readonly timeMsMax: number
  /** True once this piece settles it. */
  isEnough(chunk: Buffer): boolean
}

/** Sees a copy of an answer's body as it passes, and never delays it. */
export interface Tap {
  /** The very bytes that go to the client, compressed if they are; must not change them, keep them for long, or throw. */
  chunk(bytes: Buffer): void
}

export interface Answer extends AnswerHeaders {
  readonly kind: 'answer'
  readonly status: number
  readonly reason: string
  /** What was held back so far, in order. */
  readonly held: readonly Buffer[]
  /** Whether `held` is the whole body. */
  isComplete(): boolean
  /** Whether the provider, or the way to it, ended it too early. */
  brokeOff(): boolean
  /** Writes head, held bytes and all that follows, with back-pressure; `extra` are raw headers of the gateway's own. */
  passOn(response: ClientResponse, extra: readonly string[], tap?: Tap | null): void
  /** Cuts the connection unless the answer is already complete. */
  readonly discard: () => void
}

/** No answer at all. `error.code` says why (an errno, a code of TLS, or `UPSTREAM_…`). */
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
  dispatch(handler: AnswerHandler): UpstreamCall
  /** Null lets the answer go as soon as its head is here. */
  readonly holdFor: (status: number, headers: AnswerHeaders) => Hold | null
}

/** A settled answer that nobody takes yet stops reading here: one read of a socket. */
const unclaimedBytesMax = 65_536

/** Sends a request and settles when its answer may be judged: with the head, or when `holdFor` has seen enough. */
export function requestAnswer({ host, dispatch, holdFor }: AnswerRequest): PendingAnswer {
  let call: UpstreamCall | null = null
  let body: HeldBody | null = null
  let settle: (outcome: Answer | NoAnswer) => void
  const settled = new Promise<Answer | NoAnswer>((resolve) => {
    settle = resolve
  })
  const flow: Flow = { pause: () => call?.pause(), resume: () => call?.resume(), cut: () => call?.abort() }

  call = dispatch({
    onHead(head) {
      const held = holdBody(host, flow, head, holdFor(head.status, head), () => settle(answerOf(head, held, flow)))
      body = held
      held.begin()
    },
    onBody: (bytes) => body?.add(bytes),
    onEnd: (trailers) => body?.finish(null, trailers),
    onError(error) {
      if (body) body.finish(error, [])
      else settle({ kind: 'failed', error })
    },
  })
  return { settled, cancel: flow.cut }
}

interface Flow {
  pause(): void
  resume(): void
  readonly cut: () => void
}

function answerOf(head: ResponseHead, body: HeldBody, flow: Flow): Answer {
  const { status, reason, headers, contentType, contentEncoding, contentLength } = head
  return {
    kind: 'answer',
    status,
    reason,
    headers,
    contentType,
    contentEncoding,
    contentLength,
    held: body.chunks,
    isComplete: body.isComplete,
    brokeOff: body.brokeOff,
    passOn(response, extra, tap = null) {
      response.writeHead(status, reason, [...headers, ...extra])
      body.passTo(response, tap)
    },
    discard() {
      if (!body.isComplete()) flow.cut()
    },
  }
}

interface HeldBody {
  readonly chunks: Buffer[]
  begin(): void
  add(chunk: Buffer): void
  finish(error: Error | null, trailers: readonly string[]): void
  readonly isComplete: () => boolean
  readonly brokeOff: () => boolean
  passTo(response: ClientResponse, tap: Tap | null): void
}

/** How an answer ended. */
interface AnswerEnd {
  readonly error: Error | null
  readonly trailers: readonly string[]
}

/** Collects the body's pieces until a response takes them; from then on they go straight through. */
function holdBody(
  host: Pick<Host, 'setTimer'>,
  flow: Flow,
  { framing, contentLength }: ResponseHead,
  hold: Hold | null,
  onSettled: () => void,
): HeldBody {
  const chunks: Buffer[] = []
  let bytes = 0
  let isSettled = false
  let end: AnswerEnd | null = null
  let sink: ClientResponse | null = null
  let tap: Tap | null = null
  let timer: Timer | null = null

  function settleOnce(): void {
    if (isSettled) return
    isSettled = true
    timer?.cancel()
    onSettled()
  }

  /** The last piece goes out together with the end of the message, which saves a write. */
  function write(response: ClientResponse, chunk: Buffer): void {
    bytes += chunk.length
    tap?.chunk(chunk)
    if (framing === 'length' && bytes === contentLength) response.end(chunk)
    else if (!response.write(chunk)) flow.pause()
  }

  function close(response: ClientResponse, { error, trailers }: AnswerEnd): void {
    if (error !== null) return response.destroy() // the provider's answer broke off, and so must ours
    if (response.hasEnded()) return
    if (trailers.length > 0) response.addTrailers(pairsOf(trailers))
    response.end()
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
      if (isSettled && bytes >= unclaimedBytesMax) flow.pause()
    },
    finish(error, trailers) {
      end = { error, trailers }
      if (sink) close(sink, end)
      else settleOnce()
    },
    isComplete: () => end?.error === null,
    brokeOff: () => end !== null && end.error !== null,
    passTo(response, seenBy) {
      sink = response
      tap = seenBy
      bytes = 0
      if (end === null) response.onDrain(flow.resume)
      for (const chunk of chunks) write(response, chunk)
      if (end) close(response, end)
      else if (!response.needsDrain()) flow.resume()
    },
  }
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]) // i is within the array
  return pairs
}
