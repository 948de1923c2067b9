// Requests over the connections to providers, without the gateway in front, and providers that answer byte by byte.
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import type { UpstreamCall } from '../../src/gateway/upstream/call.ts'
import type { UpstreamRequest } from '../../src/gateway/upstream/request.ts'
import { openUpstream, type Upstream, type UpstreamSettings } from '../../src/gateway/upstream/upstream.ts'
import { type Environment, type Host, realHost } from '../../src/host.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'

export interface World {
  readonly upstream: Upstream
  readonly log: string[]
  /** Read for each request. */
  settings: UpstreamSettings
  /** Added to the time of day. */
  laterMs: number
}

export function openWorld(settings: Partial<UpstreamSettings> = {}, env: Environment = {}): World {
  const real = realHost({ env })
  const log: string[] = []
  const note = (fields: object, text: string): void => void log.push(`${text} ${JSON.stringify(fields)}`)
  const host: Host = {
    ...real,
    now: () => real.now() + world.laterMs,
    log: { debug: note, info: note, warn: note, error: note },
  }
  const world: World = {
    upstream: openUpstream({ host, settings: () => world.settings }),
    log,
    settings: { ...defaultConfiguration().gateway.upstream, ...settings },
    laterMs: 0,
  }
  onTestFinished(() => world.upstream.close())
  return world
}

export interface Outcome {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** Its code; null when the answer is complete. */
  readonly error: string | null
  readonly message: string
}

export interface Asked {
  readonly call: UpstreamCall
  readonly outcome: Promise<Outcome>
  /** What came so far. */
  readonly seen: { status: number; body: string }
}

/** Sends a request; GET / without a body when nothing else is said. */
export function ask({ upstream }: World, baseUrl: string, request: Partial<UpstreamRequest> = {}): Asked {
  const [provider] = builtInProviders
  if (!provider) throw new Error('there are providers')
  const seen = { status: 0, body: '' }
  let headers: readonly string[] = []
  let call: UpstreamCall | null = null
  const outcome = new Promise<Outcome>((resolve) => {
    call = upstream.dispatch(
      { ...provider, baseUrl },
      { method: 'GET', path: '/', headers: [], body: null, ...request },
      {
        onHead(head) {
          seen.status = head.status
          headers = head.headers
        },
        onBody: (bytes) => void (seen.body += bytes.toString('latin1')),
        onEnd: (trailers) => resolve({ ...seen, headers, trailers, error: null, message: '' }),
        onError: (error) =>
          resolve({
            ...seen,
            headers,
            trailers: [],
            error: (error as { code?: string }).code ?? error.name,
            message: error.message,
          }),
      },
    )
  })
  if (call === null) throw new Error('dispatch returns a call')
  return { call, outcome, seen }
}

export interface RawProvider {
  readonly url: string
  readonly port: number
  /** Connections in the order they came, and what was received on each. */
  readonly connections: readonly { readonly socket: Socket; text: string }[]
  /** All that was received. */
  text(): string
}

/** A provider that does with each piece of bytes what the test says. */
export async function openRawProvider(
  onBytes: (socket: Socket, all: string, connection: number) => void = () => undefined,
): Promise<RawProvider> {
  const connections: { readonly socket: Socket; text: string }[] = []
  const server = createServer((socket) => {
    const connection = { socket, text: '' }
    const index = connections.push(connection) - 1
    socket.on('error', () => undefined) // clients cut connections
    socket.on('data', (bytes) => {
      connection.text += bytes.toString('latin1')
      onBytes(socket, connection.text, index)
    })
  })
  const port = await listening(server)
  onTestFinished(() => {
    for (const { socket } of connections) socket.destroy()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    text: () => connections.map(({ text }) => text).join(''),
  }
}

/** The port of a server that is closed after the test. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port // a TCP server has one while it listens
}

/** An answer of stated length. */
export const answer = (body: string, head = ''): string =>
  `HTTP/1.1 200 OK\r\n${head}content-length: ${body.length}\r\n\r\n${body}`
