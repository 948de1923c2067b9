// All connections of clients, and how they end when the gateway stops.
import type { Socket } from 'node:net'
import { type ClientConnection, type ConnectionOptions, openClientConnection, type Turn } from './connection.ts'

export interface ClientConnections {
  /** To be called as soon as the connection is there. */
  opened(socket: Socket): void
  /** See `ClientConnection`; nothing happens on a connection that has closed. */
  inTurn(turn: Turn, serve: () => void): void
  /** What is being served on this connection. */
  current(socket: Socket): Turn | null
  /** Closes it now, or after its present answer. */
  end(socket: Socket): void
  /** Requests that are being served. */
  underWay(): number
  /**
   * Closes the idle connections now, and each other one after its present answer. With `quietMs` an idle one is closed when nothing has come
   * on it for that long: what its client has sent already is still served, and the answer says that it is the last.
   */
  drain(quietMs: number): void
  /** Closes every connection now. */
  cut(): void
}

export function openClientConnections(options: ConnectionOptions): ClientConnections {
  const connections = new Map<Socket, ClientConnection>()
  let draining: { readonly quietMs: number } | null = null
  return {
    opened(socket) {
      const connection = openClientConnection(socket, options)
      connections.set(socket, connection)
      socket.once('close', () => connections.delete(socket))
      if (draining !== null) connection.end(draining.quietMs)
    },
    inTurn: (turn, serve) => connections.get(turn.socket)?.inTurn(turn, serve),
    current: (socket) => connections.get(socket)?.current() ?? null,
    end: (socket) => connections.get(socket)?.end(0),
    underWay() {
      let count = 0
      for (const connection of connections.values()) if (connection.current() !== null) count++
      return count
    },
    drain(quietMs) {
      draining = { quietMs }
      for (const connection of connections.values()) connection.end(quietMs)
    },
    cut() {
      for (const socket of connections.keys()) socket.destroy()
    },
  }
}
