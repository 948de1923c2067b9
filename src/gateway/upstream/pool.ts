// The connections to one origin: taken from the idle ones, newest first, made when there is none, and waited for at the limit.
import { type AnswerHandler, type Call, openCall, type UpstreamCall } from './call.ts'
import { type Connection, openConnection } from './connection.ts'
import { dial, type TlsSession } from './dial.ts'
import { UpstreamError } from './failures.ts'
import { type RequestFrame, requestHead, type UpstreamRequest } from './request.ts'
import type { Route } from './route.ts'
import type { Sweeper } from './sweeper.ts'
import type { Trusted } from './trust.ts'
import type { Turns } from './turns.ts'
import { openWaitingRoom } from './waiting-room.ts'

export interface PoolDeps {
  /** At a time; further requests wait their turn. */
  readonly connectionsMax: number
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

export function openPool(route: Route, deps: PoolDeps): Pool {
  const frame = frameOf(route)
  /** The newest last. */
  const idle: Connection[] = []
  const open = new Set<Connection>()
  let isRetired = false
  let session: TlsSession | null = null
  const room = openWaitingRoom({
    sweeper: deps.sweeper,
    connectMs: () => deps.limits().connectMs,
    dial: () => dial({ route, trusted: deps.trusted, session, onSession: (newest) => (session = newest) }),
    hasRoom: (beingMade) => open.size + beingMade < deps.connectionsMax,
    onLink(link) {
      const connection = openConnection(link, connectionDeps)
      open.add(connection)
      onFree(connection)
      room.refill()
    },
    onFailed: onLess,
  })
  const { sweeper, turns, now, limits } = deps
  const connectionDeps = { sweeper, turns, now, limits, onFree, onClosed }

  function send(call: Call): void {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isFresh()) return call.run(connection)
      connection.destroy()
    }
    room.wait(call)
  }

  function onFree(connection: Connection): void {
    const next = room.next()
    if (next !== undefined) next.run(connection)
    else if (isRetired) connection.destroy()
    else idle.push(connection)
  }

  function onClosed(connection: Connection): void {
    open.delete(connection)
    const at = idle.lastIndexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    onLess()
  }

  function onLess(): void {
    room.refill()
    if (isRetired && open.size === 0 && room.isEmpty()) deps.onEmpty()
  }

  return {
    dispatch(request, handler) {
      const head = requestHead(frame, request)
      const call = openCall({ head, request, handler, onRepeat: room.wait, onGivenUp: room.leave })
      send(call)
      return call
    },
    retire() {
      isRetired = true
      for (const connection of idle.splice(0)) connection.destroy()
      onLess()
    },
    destroy() {
      isRetired = true
      const reason = new UpstreamError('UPSTREAM_NOT_WANTED', 'the gateway closes')
      room.cut(reason)
      for (const connection of open) connection.destroy(reason)
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
