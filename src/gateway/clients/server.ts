// The server that clients connect to: plain requests are read at once, all others by Node's parser, each in its turn.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { writeRefusal } from '../own-answers.ts'
import { answerBrokenMessages, refuseMessage } from './broken-messages.ts'
import type { ClientConnections } from './connections.ts'
import { openPlainConnection } from './plain-connection.ts'
import { type ClientRequest, nodeRequest } from './request.ts'
import { type ClientResponse, nodeResponse } from './response.ts'

const connectionsMax = 10_000
const headerBytesMax = 32_768
/** To receive a request's headers. A body has no such limit while it makes progress: a long one over a slow line takes its time. */
const headersTimeoutMs = 20_000
/** An idle connection of a client; longer than the idle time of the SDKs' own pools, so that they close first. */
export const keepAliveTimeoutMs = 75_000
/** First probe of a connection on which nothing moves: a client whose machine went away is noticed. */
const tcpKeepAliveMs = 60_000

export interface ClientServerOptions {
  readonly connections: ClientConnections
  /** When Node looks at a connection on which nothing moves. */
  readonly silenceMs: number
  /** A body above it is not for one piece of memory. */
  bodyBytesMax(): number
  /** Now, as HTTP writes it. */
  readonly date: () => string
  handle(request: ClientRequest, response: ClientResponse): void
}

/** Not listening yet. */
export function openClientServer(options: ClientServerOptions): Server {
  const { connections, silenceMs, bodyBytesMax, date, handle } = options
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    // The guard says in words what is wrong with the Host.
    requireHostHeader: false,
    // Two readings of one message are how requests are smuggled, whatever --insecure-http-parser says.
    insecureHTTPParser: false,
    noDelay: true,
  })
  server.maxConnections = connectionsMax
  // Node would drop the headers above a number, and with them what they say; their bytes are limited anyway.
  server.maxHeadersCount = 0
  // A client that closed one half of its connection still wants its answer; see connection.ts. Not in Node's types.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.timeout = silenceMs
  server.on('timeout', () => undefined) // silence is judged by the connections; without a listener Node would cut

  function serveMessage(message: IncomingMessage, answer: ServerResponse, waits: boolean): void {
    const response = nodeResponse(answer, date)
    const { socket, httpVersion } = message
    connections.inTurn({ socket, response, upload: message, knowsInterim: httpVersion === '1.1' }, () => {
      if (waits) continueWhenRead(message, answer)
      const refused = refuseMessage(message)
      if (refused === null) return handle(nodeRequest(message), response)
      response.closeAfter()
      writeRefusal(response, refused)
    })
  }
  server.on('request', (message, answer) => serveMessage(message, answer, false))
  server.on('checkContinue', (message: IncomingMessage, answer: ServerResponse) => serveMessage(message, answer, true))
  answerBrokenMessages(server, connections, { headerBytesMax, headersTimeoutMs }, date)

  const readByNode = takeListener(server)
  server.on('connection', (socket) => {
    connections.opened(socket)
    openPlainConnection(socket, {
      bodyBytesMax,
      date,
      serve: (request, response) =>
        connections.inTurn({ socket, response, upload: null, knowsInterim: true }, () => handle(request, response)),
      handOver: readByNode,
    })
  })
  return server
}

/** Node's own listener for connections, which from now on gets those that are handed to it. */
function takeListener(server: Server): (socket: Socket) => void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[] // net.Server declares them so
  server.removeAllListeners('connection')
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket)
  }
}

/**
 * RFC 9110 section 10.1.1: the client waits with its body until it is asked for. A request that is refused is not asked, and then nobody
 * can know whether the body follows, so the connection closes.
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const keepsAlive = response.shouldKeepAlive
  response.shouldKeepAlive = false
  request.once('resume', () => {
    if (response.headersSent) return
    response.writeContinue()
    response.shouldKeepAlive = keepsAlive
  })
}
