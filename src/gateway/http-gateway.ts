// The HTTP server of the gateway: opens the port, sets its limits, and at a stop lets the requests under way end.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerBrokenMessages, refuseMessage } from './broken-messages.ts'
import type { Turn } from './client-connection.ts'
import { type ClientConnections, openClientConnections } from './client-connections.ts'
import { openCooling } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'
import { handleRequest } from './forward.ts'
import { listen } from './listen.ts'
import { openMetrics } from './metrics.ts'
import { writeRefusal } from './own-pages.ts'
import { openOpenAiEntry } from './openai-entry.ts'
import { openModelPages } from './openai-models.ts'
import { openUpstream } from './upstream.ts'

export interface HttpGateway {
  address(): { readonly host: string; readonly port: number; readonly url: string }
  /** Requests under way, and when they are cut (epoch milliseconds); null until `close` is called. */
  draining(): { readonly requests: number; readonly until: number } | null
  /** Takes no new requests, lets the present ones end for up to `gateway.drainMs`, then cuts them. */
  close(): Promise<void>
  /** `close`, now or later, waits for no request. */
  cut(): void
}

const connectionsMax = 10_000
const headerBytesMax = 32_768
/** To receive a request's headers. A body has no such limit while it makes progress: a long one over a slow line takes its time. */
const headersTimeoutMs = 20_000
/** An idle connection of a client; longer than the idle time of the SDKs' own pools, so that they close first. */
const keepAliveTimeoutMs = 75_000
/** First probe of a connection on which nothing moves: a client whose machine went away is noticed. */
const tcpKeepAliveMs = 60_000

/** @throws TraseError `address_in_use`, `permission_denied`, `configuration_invalid` (the host is not of this machine) */
export async function openHttpGateway(gateway: GatewayDeps): Promise<HttpGateway> {
  const { host } = gateway
  const upstream = openUpstream({ host, settings: () => gateway.settings().upstream })
  const entry = openOpenAiEntry(gateway)
  const modelPages = openModelPages(gateway)
  const deps = { gateway, upstream, cooling: openCooling(host), metrics: openMetrics(), entry, modelPages }
  const stallMs = (): number => gateway.settings().upstream.idleMs
  const silenceMs = Math.min(keepAliveTimeoutMs, stallMs())
  const connections = openClientConnections({ setTimer: host.setTimer, silenceMs, stallMs })
  const server = openServer(connections, silenceMs, (request, response) => handleRequest(deps, request, response))
  const asked = gateway.settings()
  await listen(server, { host: asked.host, port: asked.port, settingsFile: host.paths.configuration })
  // Such as EMFILE while accepting: the connections that are there go on.
  server.on('error', (error) => host.log.error({ error: error.message }, 'the HTTP server had a failure'))
  const { port } = server.address() as AddressInfo // a TCP server has one while it listens
  let closed: Promise<void> | null = null
  let isCut = false
  let until = 0

  async function drain(): Promise<void> {
    const drainMs = isCut ? 0 : gateway.settings().drainMs
    until = host.now() + drainMs
    const ended = new Promise<void>((resolve) => server.close(() => resolve()))
    connections.drain()
    modelPages.close()
    if (connections.underWay() > 0) {
      host.log.info({ requests: connections.underWay(), drainMs }, 'requests under way may end')
    }
    const timer = host.setTimer(drainMs, cutRest)
    if (isCut) cutRest()
    await ended
    timer.cancel()
    await upstream.close()
  }

  function cutRest(): void {
    const requests = connections.underWay()
    if (requests > 0) host.log.warn({ requests }, 'requests that were still under way are cut')
    connections.cut()
  }

  return {
    address: () => ({
      host: asked.host,
      port,
      url: `http://${asked.host.includes(':') ? `[${asked.host}]` : asked.host}:${port}`,
    }),
    draining: () => (closed === null ? null : { requests: connections.underWay(), until }),
    close: () => (closed ??= drain()),
    cut() {
      isCut = true
      if (closed !== null) cutRest()
    },
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function openServer(connections: ClientConnections, silenceMs: number, handle: Handler): Server {
  const handleWhole: Handler = (request, response) => {
    const refused = refuseMessage(request)
    if (refused === null) return handle(request, response)
    response.shouldKeepAlive = false
    writeRefusal(response, refused)
  }
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
  // A client that closed one half of its connection still wants its answer; see client-connections.ts. Not in Node's types.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.timeout = silenceMs
  server.on('timeout', () => undefined) // silence is judged by the connections; without a listener Node would cut
  server.on('connection', (socket) => connections.opened(socket))
  server.on('request', (request, response) =>
    connections.inTurn(turnOf(request, response), () => handleWhole(request, response)),
  )
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    connections.inTurn(turnOf(request, response), () => {
      continueWhenRead(request, response)
      handleWhole(request, response)
    }),
  )
  answerBrokenMessages(server, connections, { headerBytesMax, headersTimeoutMs })
  return server
}

const turnOf = (request: IncomingMessage, response: ServerResponse): Turn => ({
  socket: request.socket,
  response: {
    hasHead: () => response.headersSent,
    hasEnded: () => response.writableEnded,
    closeAfter: () => void (response.shouldKeepAlive = false),
  },
  onClose: (listener) => void response.once('close', listener),
  upload: request,
  knowsInterim: request.httpVersion === '1.1',
})

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
