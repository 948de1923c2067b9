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
  /** Closes the idle connections now, and each other one after its present answer. */
  drain(): void
  /** Closes every connection now. */
  cut(): void
}

export function openClientConnections(options: ConnectionOptions): ClientConnections {
  const connections = new Map<Socket, ClientConnection>()
  let isDraining = false
  return {
    opened(socket) {
      const connection = openClientConnection(socket, options)
      connections.set(socket, connection)
      socket.once('close', () => connections.delete(socket))
      if (isDraining) connection.end()
    },
    inTurn: (turn, serve) => connections.get(turn.socket)?.inTurn(turn, serve),
    current: (socket) => connections.get(socket)?.current() ?? null,
    end: (socket) => connections.get(socket)?.end(),
    underWay() {
      let count = 0
      for (const connection of connections.values()) if (connection.current() !== null) count++
      return count
    },
    drain() {
      isDraining = true
      for (const connection of connections.values()) connection.end()
    },
    cut() {
      for (const socket of connections.keys()) socket.destroy()
    },
  }
}
