// A gateway whose anthropic requests end at a local provider, and a client that makes them.
import type { Params } from '../../src/protocol/contract.ts'
import { openProviderServer, type ProviderServer } from './provider-server.ts'
import { freshHome, type GatewayProcess, type GatewayProcessOptions, startGateway } from './gateway-process.ts'

export const keyOf = (end: string): string => `sk-ant-test-0123456789abcdef${end}`

/** What stores `anthropic:<name>`, with a key of its own. */
export function token(
  name: string,
  end: string,
  more: Partial<Params<'credentials.add'>> = {},
): Params<'credentials.add'> {
  return { profileId: `anthropic:${name}`, provider: 'anthropic', kind: 'token', secret: keyOf(end), ...more }
}

export interface ProviderCall {
  readonly status: number
  /** What `x-traseai-profile` says. */
  readonly profileId: string | null
  readonly body: string
  /** The key that the provider got last. */
  readonly key: string | undefined
}

export interface GatewayBeforeProvider {
  readonly provider: ProviderServer
  readonly home: string
  /** The one that runs now. */
  gateway(): GatewayProcess
  /** Ends it, with `between` before the next one starts. */
  restart(between?: () => void | Promise<void>): Promise<GatewayProcess>
  /** One request for a message, with more headers. */
  call(headers?: Readonly<Record<string, string>>): Promise<ProviderCall>
  /** Removes every stored credential. */
  empty(): Promise<void>
  close(): Promise<void>
}

/** `configuration` is added to what leads to the provider. */
export async function startBeforeProvider(
  configuration: Readonly<Record<string, unknown>> = {},
  options: Omit<GatewayProcessOptions, 'home' | 'configuration'> = {},
): Promise<GatewayBeforeProvider> {
  const provider = await openProviderServer()
  const models = { providers: { anthropic: { baseUrl: provider.url }, openai: { baseUrl: provider.url } } }
  const home = await freshHome({ models, ...configuration })
  let gateway = await startGateway({ ...options, home })
  const { token } = await gateway.client.call('clients.issue', { name: 'test' })
  return {
    provider,
    home,
    gateway: () => gateway,
    async restart(between) {
      await gateway.stop()
      await between?.()
      return (gateway = await startGateway({ ...options, home }))
    },
    async call(headers = {}) {
      const response = await fetch(`${gateway.httpUrl}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': token, ...headers },
        body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 8, messages: [] }),
      })
      const body = await response.text()
      const profileId = response.headers.get('x-traseai-profile')
      return { status: response.status, profileId, body, key: provider.keys().at(-1) }
    },
    async empty() {
      for (const { profileId, source } of await gateway.client.call('credentials.list', {})) {
        if (source.kind === 'vault' || source.kind === 'reference') {
          await gateway.client.call('credentials.remove', { profileId })
        }
      }
    },
    async close() {
      await gateway.stop()
      await gateway.removeHome()
      await provider.close()
    },
  }
}
