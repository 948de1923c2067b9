// One connection to a provider: a request at a time, its answer in order, and what it means when the connection ends.
import type { Call, Carrier } from './call.ts'
import type { Link } from './dial.ts'
import { UpstreamError } from './failures.ts'
import { type Sending, writeRequest } from './request.ts'
import type { ResponseHead } from './response-head.ts'
import { endAnswer, expectAnswer, openResponseParser, readAnswer, type ResponseParser } from './response-parser.ts'
import type { Sweeper, Watch } from './sweeper.ts'
import type { Turns } from './turns.ts'

/** Idle connections are dropped sooner than servers do that do not tell (uvicorn: 5 s), so that a request does not meet a closing one. */
const idleMsUsual = 4_000
/** Longest that a server's own `Keep-Alive: timeout=` is believed, and how much sooner than that we go. */
const idleMsMax = 60_000
const idleMarginMs = 1_000

export interface ConnectionDeps {
  readonly sweeper: Sweeper
  readonly turns: Turns
  /** Epoch milliseconds. */
  now(): number
  /** From the request sent to the head of its answer, and between two pieces of either. */
  limits(): { readonly headersMs: number; readonly idleMs: number }
  /** The answer is complete, and another request may follow. */
  onFree(connection: Connection): void
  /** It takes no further request. */
  onClosed(connection: Connection): void
}

export interface Connection extends Carrier {
  /** False when it has been idle for so long that the server may just be closing it. */
  isFresh(): boolean
}

interface State {
  readonly link: Link
  readonly deps: ConnectionDeps
  readonly watch: Watch
  readonly parser: ResponseParser
  readonly connection: Connection
  /** The request whose answer is awaited. */
  call: Call | null
  head: ResponseHead | null
  /** Null when all of the request is out. */
  sending: Sending | null
  /** Whether any byte of the answer came, and whether all of them did. */
  hasBytes: boolean
  isAnswered: boolean
  trailers: readonly string[]
  /** Answers before this one. */
  served: number
  /** The turn of the event loop in which the request was written. */
  writtenIn: number
  isPaused: boolean
  isClosed: boolean
  failure: Error | null
  /** Epoch milliseconds. */
  idleSince: number
  idleMs: number
}

export function openConnection(link: Link, deps: ConnectionDeps): Connection {
  const connection: Connection = {
    begin: (call) => begin(state, call),
    isFresh() {
      const ageMs = deps.now() - state.idleSince
      return ageMs >= 0 && ageMs < state.idleMs && !state.isClosed
    },
    pause() {
      state.isPaused = true
      link.socket.pause()
    },
    resume: () => resume(state),
    destroy(reason) {
      const cut = state.call
      state.call = null
      close(state)
      if (reason !== undefined) cut?.refuse(reason)
    },
  }
  const state: State = {
    link,
    deps,
    // Whoever it was made for may have left, or got another one meanwhile: then it is idle from the beginning.
    watch: { deadlineMs: deps.sweeper.deadlineIn(idleMsUsual), onDeadline: () => onDeadline(state) },
    parser: openResponseParser({
      onHead(head) {
        state.head = head
        // Such as 413 or 429 to a body that is still on its way: it would be read by nobody.
        if (head.status >= 400) state.sending?.stop()
        state.call?.handler.onHead(head)
      },
      onBody: (bytes) => state.call?.handler.onBody(link.isShared ? Buffer.from(bytes) : bytes),
      onEnd(trailers) {
        state.isAnswered = true
        state.trailers = trailers
      },
    }),
    connection,
    call: null,
    head: null,
    sending: null,
    hasBytes: false,
    isAnswered: false,
    trailers: [],
    served: 0,
    writtenIn: 0,
    isPaused: false,
    isClosed: false,
    failure: null,
    idleSince: deps.now(),
    idleMs: idleMsUsual,
  }
  listen(state)
  deps.sweeper.add(state.watch)
  return connection
}

function listen(state: State): void {
  const { link } = state
  link.onBytes = (bytes) => onBytes(state, bytes)
  link.socket.on('drain', () => {
    if (state.sending === null) return
    state.watch.deadlineMs = silence(state)
    state.sending.resume()
  })
  link.socket.on('error', (error) => (state.failure = error))
  link.socket.on('end', () => onServerEnd(state))
  link.socket.on('close', () => lose(state, state.failure ?? closedError()))
}

function closedError(): UpstreamError {
  return new UpstreamError('UPSTREAM_CLOSED', 'the connection was closed without an answer')
}

/** Nothing moves for longer than that: on either way, while there is something to move. */
const silence = ({ deps }: State): number => deps.sweeper.deadlineIn(deps.limits().idleMs)
const patience = ({ deps }: State): number => deps.sweeper.deadlineIn(deps.limits().headersMs)

function begin(state: State, call: Call): void {
  const { deps, link, parser, watch } = state
  state.call = call
  state.head = null
  state.hasBytes = false
  state.isAnswered = false
  if (link.socket.destroyed) return lose(state, closedError())
  if (state.served > 0) state.writtenIn = deps.turns.mark()
  expectAnswer(parser, call.method)
  watch.deadlineMs = patience(state)
  state.sending = writeRequest(link.socket, call.head, call.body, {
    onSent() {
      state.sending = null
      if (state.call === call && state.head === null) watch.deadlineMs = patience(state)
    },
    // A client that sends slowly is not the provider's silence.
    onStalled: (isStalled) => void (watch.deadlineMs = isStalled ? silence(state) : Infinity),
  })
}

function onBytes(state: State, bytes: Buffer): void {
  state.hasBytes = true
  if (state.call === null) return close(state) // nobody asked for them
  try {
    readAnswer(state.parser, bytes)
  } catch (error) {
    return lose(state, error as Error) // the parser throws nothing else
  }
  if (state.isAnswered) complete(state)
  else if (state.head !== null) state.watch.deadlineMs = silence(state)
}

function complete(state: State): void {
  const { call, head, link, trailers } = state
  // A request that is not out, or bytes that nobody asked for: the next answer could not be told from them.
  const isReusable = head?.keepAlive === true && state.sending === null && link.socket.writableLength === 0
  state.call = null
  state.served++
  state.sending?.stop()
  state.sending = null
  // First of all, so that whoever waits for the end of this answer to ask again finds the connection.
  if (isReusable && !state.parser.hasSurplus) release(state, idleMsOf(head))
  else close(state)
  call?.end(trailers)
}

function release(state: State, idleMs: number): void {
  const { deps, watch } = state
  if (idleMs <= 0) return close(state)
  if (state.isPaused) resume(state)
  state.idleMs = idleMs
  state.idleSince = deps.now()
  watch.deadlineMs = deps.sweeper.deadlineIn(idleMs)
  deps.onFree(state.connection)
}

function idleMsOf(head: ResponseHead | null): number {
  const seconds = head?.keepAliveSeconds ?? null
  return seconds === null ? idleMsUsual : Math.min(seconds * 1_000 - idleMarginMs, idleMsMax)
}

/** The connection is of no more use; a request on it has failed, or may be sent again. */
function lose(state: State, error: Error): void {
  const { call } = state
  state.call = null
  close(state)
  if (call === null) return
  const isUnseen = state.served > 0 && !state.hasBytes
  call.fail(error, { isUnseen, isUntouched: isUnseen && state.deps.turns.isNow(state.writtenIn) })
}

function close(state: State): void {
  state.sending?.stop()
  state.sending = null
  state.link.socket.destroy()
  if (state.isClosed) return
  state.isClosed = true
  state.deps.sweeper.delete(state.watch)
  state.deps.onClosed(state.connection)
}

function onDeadline(state: State): void {
  if (state.call === null) return close(state)
  if (state.isPaused) return // the client reads slowly
  const { headersMs, idleMs } = state.deps.limits()
  const isAwaited = state.head === null && state.sending === null
  lose(
    state,
    isAwaited
      ? new UpstreamError('UPSTREAM_HEADERS_TIMEOUT', `no answer within ${headersMs} ms`)
      : new UpstreamError('UPSTREAM_IDLE_TIMEOUT', `silent for ${idleMs} ms`),
  )
}

function onServerEnd(state: State): void {
  if (state.call === null) return close(state)
  try {
    endAnswer(state.parser)
  } catch (error) {
    return lose(state, state.failure ?? (error as Error)) // the parser throws nothing else
  }
  complete(state)
}

function resume(state: State): void {
  state.isPaused = false
  state.watch.deadlineMs = silence(state)
  state.link.socket.resume()
}
