// One connection to a provider: a request at a time, its answer in order, and what it means when the connection ends.
import type { ResponseHead } from './response-head.ts'
import { openResponseParser } from './response-parser.ts'
import type { Call, Carrier } from './upstream-call.ts'
import type { Link } from './upstream-dial.ts'
import { UpstreamError } from './upstream-errors.ts'
import { type Sending, writeRequest } from './upstream-request.ts'
import type { Sweeper } from './upstream-sweeper.ts'
import type { Turns } from './upstream-turns.ts'

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

export function openConnection(link: Link, deps: ConnectionDeps): Connection {
  const { socket, isShared } = link
  const { sweeper } = deps
  let call: Call | null = null
  let head: ResponseHead | null = null
  let sending: Sending | null = null
  /** Answers before this one. */
  let served = 0
  let hasBytes = false
  let isOver = false
  let isPaused = false
  let isClosed = false
  let trailers: readonly string[] = []
  let writtenIn = 0
  let failure: Error | null = null
  let idleSince = 0
  let idleMs = idleMsUsual

  const watch = { deadlineMs: Infinity, onDeadline }
  const parser = openResponseParser({
    onHead(answer) {
      head = answer
      call?.handler.onHead(answer)
    },
    onBody: (bytes) => call?.handler.onBody(isShared ? Buffer.from(bytes) : bytes),
    onEnd(last) {
      isOver = true
      trailers = last
    },
  })

  function onBytes(bytes: Buffer): void {
    hasBytes = true
    if (call === null) return close() // nobody asked for them
    try {
      parser.feed(bytes)
    } catch (error) {
      return lose(error as Error) // the parser throws nothing else
    }
    if (isOver) complete()
    else if (sending === null) watch.deadlineMs = sweeper.deadlineIn(deps.limits().idleMs)
  }

  function complete(): void {
    const done = call
    // A request that is not out, or bytes that nobody asked for: the next answer could not be told from them.
    const isReusable = head?.keepAlive === true && sending === null && socket.writableLength === 0
    call = null
    served++
    sending?.stop()
    sending = null
    watch.deadlineMs = Infinity
    done?.end(trailers)
    if (!isReusable || parser.hasSurplus() || isClosed || socket.destroyed) return close()
    if (isPaused) resume()
    const seconds = head?.keepAliveSeconds ?? null
    idleMs = seconds === null ? idleMsUsual : Math.min(seconds * 1_000 - idleMarginMs, idleMsMax)
    if (idleMs <= 0) return close()
    idleSince = deps.now()
    watch.deadlineMs = sweeper.deadlineIn(idleMs)
    deps.onFree(connection)
  }

  /** The connection is of no more use; a request on it has failed, or may be sent again. */
  function lose(error: Error): void {
    const lost = call
    call = null
    close()
    if (lost === null) return
    const isUnseen = served > 0 && !hasBytes
    lost.fail(error, { isUnseen, isUntouched: isUnseen && deps.turns.isNow(writtenIn) })
  }

  function close(): void {
    sending?.stop()
    sending = null
    socket.destroy()
    if (isClosed) return
    isClosed = true
    sweeper.delete(watch)
    deps.onClosed(connection)
  }

  function onDeadline(): void {
    if (call === null) return close()
    if (isPaused) return // the client reads slowly
    const { headersMs, idleMs: silentMs } = deps.limits()
    if (head === null && sending === null) {
      lose(new UpstreamError('UPSTREAM_HEADERS_TIMEOUT', `no answer within ${headersMs} ms`))
    } else lose(new UpstreamError('UPSTREAM_IDLE_TIMEOUT', `silent for ${silentMs} ms`))
  }

  function onServerEnd(): void {
    if (call === null) return close()
    try {
      parser.finish()
    } catch (error) {
      return lose(failure ?? (error as Error)) // the parser throws nothing else
    }
    complete()
  }

  function onSent(): void {
    sending = null
    if (call !== null && head === null) watch.deadlineMs = sweeper.deadlineIn(deps.limits().headersMs)
  }

  function resume(): void {
    isPaused = false
    watch.deadlineMs = sweeper.deadlineIn(deps.limits().idleMs)
    socket.resume()
  }

  const connection: Connection = {
    begin(next) {
      call = next
      head = null
      hasBytes = false
      isOver = false
      parser.begin(next.method)
      if (served > 0) writtenIn = deps.turns.mark()
      watch.deadlineMs = sweeper.deadlineIn(deps.limits().headersMs)
      sending = writeRequest(socket, next.head, next.body, onSent)
      if (sending !== null) watch.deadlineMs = sweeper.deadlineIn(deps.limits().idleMs)
    },
    isFresh() {
      const ageMs = deps.now() - idleSince
      return ageMs >= 0 && ageMs < idleMs && !isClosed
    },
    pause() {
      isPaused = true
      socket.pause()
    },
    resume,
    destroy(reason) {
      const cut = call
      call = null
      close()
      if (reason !== undefined) cut?.refuse(reason)
    },
  }

  link.onBytes = onBytes
  socket.on('drain', () => {
    if (sending === null) return
    watch.deadlineMs = sweeper.deadlineIn(deps.limits().idleMs)
    sending.resume()
  })
  socket.on('error', (error) => (failure = error))
  socket.on('end', onServerEnd)
  socket.on('close', () =>
    lose(failure ?? new UpstreamError('UPSTREAM_CLOSED', 'the connection was closed without an answer')),
  )
  sweeper.add(watch)
  return connection
}
