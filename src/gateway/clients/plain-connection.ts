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

/** Of a body that comes in several reads: a longer one, or one that comes in more, flows through Node's server. */
const missingBytesMax = 262_144
const readsMax = 16

/** A request whose body is on its way. */
interface Begun {
  readonly request: ClientRequest
  /** All that was read of it, the head too. */
  readonly read: Buffer[]
  readonly body: Buffer[]
  missing: number
}

/** Reads the connection until a request comes that is not plain. */
export function openPlainConnection(socket: Socket, server: PlainServer): void {
  let current: PlainResponse | null = null
  /** What came behind a request that is still being answered. */
  let early: Buffer | null = null
  let partial: Begun | null = null

  function onData(bytes: Buffer): void {
    if (current) {
      // Pipelined: looked at when the answer is complete.
      early = early === null ? bytes : Buffer.concat([early, bytes])
      if (early.length > earlyBytesMax) socket.pause()
      return
    }
    if (partial) {
      const whole = added(partial, bytes)
      if (whole === null) return
      partial = null
      return Buffer.isBuffer(whole) ? handOver(whole) : serve(whole)
    }
    const reading = readPlainRequest(bytes)
    if (reading === null) return handOver(bytes)
    const { request, missing } = reading
    const here = request.body?.length ?? 0
    if (missing > missingBytesMax || here + missing > server.bodyBytesMax()) return handOver(bytes)
    if (missing === 0) return serve(request)
    partial = { request, read: [bytes], body: request.body === null ? [] : [request.body], missing }
  }

  function serve(request: ClientRequest): void {
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

/** The request when it is whole, all that was read when it turns out to be none for here, null while more is to come. */
function added(begun: Begun, bytes: Buffer): ClientRequest | Buffer | null {
  begun.read.push(bytes)
  begun.body.push(bytes)
  begun.missing -= bytes.length
  if (begun.missing === 0) return { ...begun.request, body: Buffer.concat(begun.body) }
  return begun.missing < 0 || begun.read.length === readsMax ? Buffer.concat(begun.read) : null
}

const ignore = (): void => undefined
