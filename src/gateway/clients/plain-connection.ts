// One connection of a client as long as its requests are plain ones; the first that is not goes to Node's server, with all that follow.
import type { Socket } from 'node:net'
import { readPlainRequest } from './plain-request.ts'
import { openPlainResponse, type PlainResponse } from './plain-response.ts'
import type { ClientRequest } from './request.ts'
import type { ClientResponse } from './response.ts'

export interface PlainServer {
  /** A longer body is not plain. */
  bodyBytesMax(): number
  readonly date: () => string
  serve(request: ClientRequest, response: ClientResponse): void
  /** Node's server takes the connection, and what was read of it. */
  handOver(socket: Socket): void
}

/**
 * What a client may send ahead before it is no longer listened to. Up to here it is, because a connection that is not read does not tell that
 * its client has left.
 */
const earlyBytesMax = 65_536

/** Reads the connection until a request comes that is not plain. */
export function openPlainConnection(socket: Socket, server: PlainServer): void {
  let current: PlainResponse | null = null
  /** What came behind a request that is still being answered. */
  let early: Buffer | null = null

  function onData(bytes: Buffer): void {
    if (current) {
      // Pipelined: looked at when the answer is complete.
      early = early === null ? bytes : Buffer.concat([early, bytes])
      if (early.length > earlyBytesMax) socket.pause()
      return
    }
    const request = readPlainRequest(bytes)
    if (request === null || (request.body?.length ?? 0) > server.bodyBytesMax()) return handOver(bytes)
    current = openPlainResponse(socket, server.date, onAnswered)
    server.serve(request, current.response)
  }

  function onAnswered(): void {
    current = null
    if (early === null) return
    const bytes = early
    early = null
    handOver(bytes)
  }

  function handOver(bytes: Buffer): void {
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('close', onClose)
    socket.off('drain', onDrain)
    socket.off('error', ignore)
    socket.unshift(bytes)
    server.handOver(socket)
    socket.resume()
  }

  /** The client has said all it will say; an answer under way is still for it. */
  function onEnd(): void {
    if (current) current.response.closeAfter()
    else socket.end()
  }

  const onDrain = (): void => current?.drained()
  const onClose = (): void => current?.cut()

  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('drain', onDrain)
  socket.on('close', onClose)
  // Always followed by `close`, which says the same.
  socket.on('error', ignore)
}

const ignore = (): void => undefined
