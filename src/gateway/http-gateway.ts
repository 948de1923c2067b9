// The HTTP server of the gateway: opens the port, sets its limits, and closes it without cutting an answer in the middle.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import { otherPortSetting } from '../other-port.ts'
import { openCooling } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'
import { handleRequest } from './forward.ts'
import { openMetrics } from './metrics.ts'
import { openOpenAiEntry } from './openai-entry.ts'
import { openModelPages } from './openai-models.ts'
import { openUpstream } from './upstream.ts'

export interface HttpGateway {
  address(): { readonly host: string; readonly port: number; readonly url: string }
  /** Takes no new requests, lets the present ones end for up to 10 s, then cuts them. */
  close(): Promise<void>
}

const connectionsMax = 10_000
const headerBytesMax = 32_768
/** To receive a request's headers, and all of it. */
const headersTimeoutMs = 20_000
const requestTimeoutMs = 120_000
/** An idle connection of a client; longer than the idle time of the SDKs' own pools, so that they close first. */
const keepAliveTimeoutMs = 75_000
const drainMsMax = 10_000

/** @throws TraseError `address_in_use`, `permission_denied`, `configuration_invalid` (the host is not of this machine) */
export async function openHttpGateway(gateway: GatewayDeps): Promise<HttpGateway> {
  const upstream = openUpstream()
  const entry = openOpenAiEntry(gateway)
  const modelPages = openModelPages(gateway)
  const deps = { gateway, upstream, cooling: openCooling(gateway.host), metrics: openMetrics(), entry, modelPages }
  const connections = openConnections()
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // Two readings of one message are how requests are smuggled, whatever --insecure-http-parser says.
      insecureHTTPParser: false,
      noDelay: true,
    },
    (request, response) => {
      connections.serving(request, response)
      handleRequest(deps, request, response)
    },
  )
  server.on('connection', (socket) => connections.opened(socket))
  server.maxConnections = connectionsMax
  const { host, port } = gateway.settings()
  await listen(server, { host, port, settingsFile: gateway.host.paths.configuration })
  // Such as EMFILE while accepting: the connections that are there go on.
  server.on('error', (error) => gateway.host.log.error({ error: error.message }, 'the HTTP server had a failure'))
  const address = server.address() as AddressInfo // a TCP server has one while it listens
  return {
    address: () => ({
      host,
      port: address.port,
      url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    }),
    async close() {
      modelPages.close()
      const timer = gateway.host.setTimer(drainMsMax, () => server.closeAllConnections())
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        connections.closeWhenIdle()
      })
      timer.cancel()
      await upstream.close()
    },
  }
}

interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Where both are set, for the hint. */
  readonly settingsFile: string
}

async function listen(server: Server, { host, port, settingsFile }: ListenOptions): Promise<void> {
  try {
    server.listen({ host, port })
    await once(server, 'listening') // rejects with the server's error
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw listenError(error, `${host}:${port}`, settingsFile)
    const setting = await otherPortSetting(host, port, settingsFile)
    throw new TraseError('address_in_use', `${host}:${port} is in use by another program`, {
      hint: `set ${setting}, or stop the other program; it may be a gateway of another home`,
      cause: error,
    })
  }
}

function listenError(error: unknown, address: string, settingsFile: string): TraseError {
  switch (errnoOf(error)) {
    case 'EACCES':
      return new TraseError('permission_denied', `this user may not listen on ${address}`, {
        hint: `set gateway.port in ${settingsFile} to 1024 or above`,
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new TraseError('configuration_invalid', `${address} is no address of this machine`, {
        hint: `set gateway.host in ${settingsFile}`,
        cause: error,
      })
    default:
      return new TraseError('internal', `cannot listen on ${address}: ${messageOf(error)}`, { cause: error })
  }
}

interface Connections {
  opened(socket: Socket): void
  serving(request: IncomingMessage, response: ServerResponse): void
  /** Closes the idle ones now, and each other one after its present answer. */
  closeWhenIdle(): void
}

/**
 * Node's `closeIdleConnections` spares connections on which nothing was ever sent, such as the spare ones that clients open in advance, so
 * they are counted here.
 */
function openConnections(): Connections {
  const idle = new Set<Socket>()
  let isClosing = false
  return {
    opened(socket) {
      idle.add(socket)
      socket.once('close', () => idle.delete(socket))
    },
    serving({ socket }, response) {
      idle.delete(socket)
      if (isClosing) response.shouldKeepAlive = false
      response.once('close', () => {
        if (isClosing) socket.end()
        else if (!socket.destroyed) idle.add(socket)
      })
    },
    closeWhenIdle() {
      isClosing = true
      for (const socket of idle) socket.destroy()
    },
  }
}
