// The HTTP server of the gateway: opens the port, sets its limits, and at a stop lets the requests under way end.
import { type AddressInfo, Server as NetServer } from 'node:net'
import type { Server } from 'node:http'
import { openClientConnections } from './clients/connections.ts'
import { listen, listenOn } from './clients/listen.ts'
import { keepAliveTimeoutMs, openClientServer } from './clients/server.ts'
import { openCooling } from './cooling.ts'
import { openSilentProviders } from './silent-providers.ts'
import type { GatewayDeps } from './deps.ts'
import { handleRequest } from './forward.ts'
import { openMetrics } from './metrics/metrics.ts'
import { openOpenAiEntry } from './openai/entry.ts'
import { openModelPages } from './openai/model-pages.ts'
import { openUpstream } from './upstream/upstream.ts'
import { openUsageDecoding } from './usage/decoding.ts'

/** A socket that listens already, opened by whoever runs this process. */
export interface HandedPort {
  readonly fd: number
  readonly address: { readonly host: string; readonly port: number }
}

/**
 * How long nothing must have come on a connection before a stop closes it, where the next gateway serves the same socket: a client that kept it
 * may be sending just now. Without one to come it would be refused a moment later anyway.
 */
const quietMs = 250

export interface HttpGateway {
  /** Takes connections from a socket that was handed over, from now on; they waited until then. One of our own takes them already. */
  open(): Promise<void>
  address(): { readonly host: string; readonly port: number; readonly url: string }
  /** Requests under way, and when they are cut (epoch milliseconds); null until `close` is called. */
  draining(): { readonly requests: number; readonly until: number } | null
  /** Takes no new requests, lets the present ones end for up to `gateway.drainMs`, then cuts them. */
  close(): Promise<void>
  /** `close`, now or later, waits for no request. */
  cut(): void
}

/**
 * @param handed where to listen, instead of opening `gateway.host` and `gateway.port`
 * @throws TraseError `address_in_use`, `permission_denied`, `configuration_invalid` (the host is not of this machine)
 */
export async function openHttpGateway(gateway: GatewayDeps, handed: HandedPort | null = null): Promise<HttpGateway> {
  const { host } = gateway
  const upstream = openUpstream({ host, settings: () => gateway.settings().upstream })
  const entry = openOpenAiEntry(gateway)
  const modelPages = openModelPages(gateway)
  const deps = {
    gateway,
    upstream,
    cooling: openCooling(host),
    silent: openSilentProviders(host),
    metrics: openMetrics(),
    decoding: openUsageDecoding(),
    entry,
    modelPages,
  }
  const stallMs = (): number => gateway.settings().upstream.idleMs
  const silenceMs = Math.min(keepAliveTimeoutMs, stallMs())
  const connections = openClientConnections({ setTimer: host.setTimer, silenceMs, stallMs })
  const server = openClientServer({
    connections,
    silenceMs,
    date: () => new Date(host.now()).toUTCString(),
    bodyBytesMax: () => gateway.settings().bodyBytesMax,
    handle: (request, response) => handleRequest(deps, request, response),
  })
  const { host: name, port: number } = gateway.settings()
  if (handed === null) await listen(server, { host: name, port: number, settingsFile: host.paths.configuration })
  // Such as EMFILE while accepting: the connections that are there go on.
  server.on('error', (error) => host.log.error({ error: error.message }, 'the HTTP server had a failure'))
  const at = handed?.address ?? { host: name, port: (server.address() as AddressInfo).port } // a TCP server has one while it listens
  let closed: Promise<void> | null = null
  let isCut = false
  let until = 0

  async function drain(): Promise<void> {
    const drainMs = isCut ? 0 : gateway.settings().drainMs
    until = host.now() + drainMs
    const ended = new Promise<void>((resolve) => closeListener(server, handed !== null, resolve))
    connections.drain(handed === null ? 0 : quietMs)
    modelPages.close()
    if (connections.underWay() > 0) {
      host.log.info(
        { requests: connections.underWay(), drainMs },
        'requests under way may end; a second signal cuts them',
      )
    }
    const timer = host.setTimer(drainMs, cutRest)
    if (isCut) cutRest()
    await ended
    timer.cancel()
    upstream.close()
  }

  function cutRest(): void {
    const requests = connections.underWay()
    if (requests > 0) host.log.warn({ requests }, 'requests that were still under way are cut')
    connections.cut()
  }

  return {
    open: async () => (handed === null ? undefined : listenOn(server, handed.fd)),
    address: () => ({ ...at, url: urlOf(at.host, at.port) }),
    draining: () => (closed === null ? null : { requests: connections.underWay(), until }),
    close: () => (closed ??= drain()),
    cut() {
      isCut = true
      if (closed !== null) cutRest()
    },
  }
}

/**
 * Takes no more connections; those that wait in the queue of a socket that others hold, too, stay there for the next one who serves it.
 * Node's HTTP server would close the idle connections as well.
 */
function closeListener(server: Server, isPatient: boolean, onClosed: () => void): void {
  if (isPatient) NetServer.prototype.close.call(server, onClosed)
  else server.close(onClosed)
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
