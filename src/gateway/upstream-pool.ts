// The connections to one origin: taken from the idle ones, newest first, made when there is none, and waited for at the limit.
import { type AnswerHandler, type Call, openCall, type UpstreamCall } from './upstream-call.ts'
import { type Connection, openConnection } from './upstream-connection.ts'
import { dial, type Dialling } from './upstream-dial.ts'
import { UpstreamError } from './upstream-errors.ts'
import { type RequestFrame, requestHead, type UpstreamRequest } from './upstream-request.ts'
import type { Route } from './upstream-route.ts'
import type { Sweeper, Watch } from './upstream-sweeper.ts'
import type { Trusted } from './upstream-trust.ts'
import type { Turns } from './upstream-turns.ts'

/** Connections to one origin at a time; further requests wait their turn. */
const connectionsMax = 1_024
/** Requests that wait, and for how long. */
const waitingMax = 4_096
const waitMsMax = 30_000

export interface PoolDeps {
  readonly sweeper: Sweeper
  readonly turns: Turns
  now(): number
  limits(): { readonly connectMs: number; readonly headersMs: number; readonly idleMs: number }
  trusted(): Promise<Trusted>
  /** No connection and no request is left of a pool that was told to end. */
  onEmpty(): void
}

export interface Pool {
  /** @throws UpstreamError `UPSTREAM_BAD_REQUEST`; every other failure goes to the handler */
  dispatch(request: UpstreamRequest, handler: AnswerHandler): UpstreamCall
  /** Takes no further requests; those under way are finished first. */
  retire(): void
  /** Cuts every connection. */
  destroy(): void
}

interface Waiting extends Watch {
  readonly call: Call
  /** The connection that is being made because of it. */
  dialling: Dialling | null
}

export function openPool(route: Route, deps: PoolDeps): Pool {
  const frame = frameOf(route)
  /** The newest last. */
  const idle: Connection[] = []
  const open = new Set<Connection>()
  const diallings = new Set<Dialling>()
  const waiting = new Map<Call, Waiting>()
  let isRetired = false
  let session: Buffer | undefined

  function send(call: Call): void {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isFresh()) return call.run(connection)
      connection.destroy()
    }
    wait(call)
  }

  function wait(call: Call): void {
    if (waiting.size >= waitingMax) {
      return call.refuse(new UpstreamError('UPSTREAM_QUEUE_FULL', `${waitingMax} requests wait already`))
    }
    const entry: Waiting = { call, dialling: null, deadlineMs: Infinity, onDeadline: () => giveUp(entry) }
    waiting.set(call, entry)
    deps.sweeper.add(entry)
    if (open.size + diallings.size < connectionsMax) connectFor(entry)
    else entry.deadlineMs = deps.sweeper.deadlineIn(waitMsMax)
  }

  function giveUp(entry: Waiting): void {
    const { connectMs } = deps.limits()
    if (entry.dialling !== null) {
      return entry.dialling.cancel(
        new UpstreamError('UPSTREAM_CONNECT_TIMEOUT', `no connection within ${connectMs} ms`),
      )
    }
    leave(entry.call)
    entry.call.refuse(new UpstreamError('UPSTREAM_QUEUE_TIMEOUT', `no connection was free within ${waitMsMax} ms`))
  }

  function leave(call: Call): void {
    const entry = waiting.get(call)
    waiting.delete(call)
    // A connection that is being made goes on, with its time limit: the next request may want it.
    if (entry?.dialling === null) deps.sweeper.delete(entry)
  }

  function connectFor(entry: Waiting): void {
    const dialling = dial({ route, trusted: deps.trusted, session, onSession: (newest) => (session = newest) })
    entry.dialling = dialling
    entry.deadlineMs = deps.sweeper.deadlineIn(deps.limits().connectMs)
    diallings.add(dialling)
    dialling.link.then(
      (link) => {
        dialled(entry, dialling)
        const connection = openConnection(link, { ...deps, onFree, onClosed })
        open.add(connection)
        onFree(connection)
        refill()
      },
      (error: Error) => {
        const isWaiting = waiting.has(entry.call)
        dialled(entry, dialling)
        leave(entry.call)
        if (isWaiting) entry.call.refuse(error)
        refill()
      },
    )
  }

  function dialled(entry: Waiting, dialling: Dialling): void {
    diallings.delete(dialling)
    entry.dialling = null
    if (waiting.has(entry.call)) entry.deadlineMs = deps.sweeper.deadlineIn(waitMsMax)
    else deps.sweeper.delete(entry)
  }

  function onFree(connection: Connection): void {
    const [next] = waiting.keys()
    if (next !== undefined) {
      leave(next)
      next.run(connection)
    } else if (isRetired) connection.destroy()
    else idle.push(connection)
  }

  function onClosed(connection: Connection): void {
    open.delete(connection)
    const at = idle.lastIndexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    refill()
  }

  /** There is room again: those who wait without a connection being made get one, in their order. */
  function refill(): void {
    for (const entry of waiting.values()) {
      if (diallings.size >= waiting.size || open.size + diallings.size >= connectionsMax) break
      if (entry.dialling === null) connectFor(entry)
    }
    if (isRetired && waiting.size + open.size + diallings.size === 0) deps.onEmpty()
  }

  return {
    dispatch(request, handler) {
      const call = openCall({ head: requestHead(frame, request), request, handler, onRepeat: wait, onGivenUp: leave })
      send(call)
      return call
    },
    retire() {
      isRetired = true
      for (const connection of idle.splice(0)) connection.destroy()
      refill()
    },
    destroy() {
      isRetired = true
      const closed = new UpstreamError('UPSTREAM_NOT_WANTED', 'the gateway closes')
      const calls = [...waiting.keys()]
      for (const call of calls) leave(call)
      for (const dialling of diallings) dialling.cancel(closed)
      for (const connection of open) connection.destroy(closed)
      for (const call of calls) call.refuse(closed)
    },
  }
}

function frameOf({ target, authority, proxy }: Route): RequestFrame {
  const isByProxy = proxy !== null && !target.isSecure
  const lines = [
    `host: ${authority}\r\n`,
    'connection: keep-alive\r\n',
    ...(isByProxy && proxy.authorization !== null ? [`proxy-authorization: ${proxy.authorization}\r\n`] : []),
  ]
  return { targetPrefix: isByProxy ? `http://${authority}` : '', lines: lines.join(''), lineCount: lines.length }
}
