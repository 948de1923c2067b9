// A local HTTP server that answers as Anthropic, OpenAI and Google do; what each key gets is chosen by the test.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerOk } from './provider-answers.ts'
import type { Behaviour, ProviderDialect, ReceivedRequest } from './provider-behaviour.ts'

export interface ProviderServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Everything that was received, in order. */
  readonly received: readonly ReceivedRequest[]
  /** From now on this key is answered like this; several behaviours are used one after the other, the last one stays. */
  behave(key: string, ...behaviours: readonly Behaviour[]): void
  /** The keys of the requests so far, in order. */
  keys(): string[]
  /** Resolves once `count` requests have been received in all. */
  untilReceived(count: number): Promise<void>
  /** The other ends' ports of all connections so far. */
  readonly ports: readonly number[]
  /** Connections that are open now. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** Keys that nothing was said about are served well. */
export async function openProviderServer(): Promise<ProviderServer> {
  const received: ReceivedRequest[] = []
  const behaviours = new Map<string, Behaviour[]>()
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request
      const body = Buffer.concat(chunks)
      const dialect = dialectOf(url)
      const wantsStream =
        dialect === 'google' ? url.includes(':streamGenerateContent') : /"stream"\s*:\s*true/.test(body.toString())
      const seen = { dialect, key: keyOf(headers), method, url, headers, rawHeaders, body, wantsStream }
      received.push(seen)
      const list = behaviours.get(seen.key) ?? [answerOk()]
      const behaviour = list.length > 1 ? list.shift() : list[0]
      behaviour?.(seen, response)
      for (const waiter of waiting) if (received.length >= waiter.count) waiter.resolve()
    })
  })
  const ports: number[] = []
  server.on('connection', ({ remotePort = 0 }) => ports.push(remotePort))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    received,
    ports,
    behave: (key, ...list) => void behaviours.set(key, [...list]),
    keys: () => received.map(({ key }) => key),
    untilReceived: (count) =>
      new Promise((resolve) => {
        if (received.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function dialectOf(url: string): ProviderDialect {
  if (url.includes('/v1/messages')) return 'anthropic'
  return /:(?:streamG|g)enerateContent/.test(url) ? 'google' : 'openai'
}

function keyOf(headers: IncomingHttpHeaders): string {
  const single = headers['x-api-key'] ?? headers['x-goog-api-key']
  if (typeof single === 'string') return single
  return (headers.authorization ?? '').replace(/^Bearer /, '')
}
