// The published SDKs, the real gateway process with two keys for each provider, and a local server that answers as the providers do.
import { expect } from 'vitest'
import { answerModel } from '../support/deliveries.ts'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { spokenText, toolInput, toolName } from '../support/model-answers.ts'
import type { ProviderDialect } from '../support/provider-behaviour.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { type SdkCaller, sdkCallers, type SdkOptions } from '../support/sdk-callers.ts'

export const keysOf = {
  anthropic: ['sk-ant-test-0000000001', 'sk-ant-test-0000000002'],
  openai: ['sk-test-000000000001', 'sk-test-000000000002'],
  google: ['AIza-test-000000000001', 'AIza-test-000000000002'],
} as const
export const sdkNames = Object.keys(keysOf) as ProviderDialect[]

/** How a program asks. */
export const forms = ['text', 'textStream', 'tool', 'toolStream'] as const
/** What it gets. */
export const expected = {
  text: spokenText,
  textStream: spokenText,
  tool: { name: toolName, input: toolInput },
  toolStream: { name: toolName, input: toolInput },
}

/** A cooldown as the history tells it. */
export interface Limited {
  readonly status: number
  readonly retryAfterMs?: number
}

export interface SdkWorld {
  readonly provider: ProviderServer
  readonly gateway: GatewayProcess
  /** To be called before each test: both keys are ready and served well. Limits are of a model, so each test has a model of its own. */
  begin(): Promise<void>
  caller(name: ProviderDialect, options?: Partial<SdkOptions>): SdkCaller
  /** The keys that were tried in this test, by their place in the list: 1 or 2. */
  tried(name: ProviderDialect): number[]
  /** The cooldowns that began in this test; fails when the history says anything else. */
  limits(): Promise<Limited[]>
  close(): Promise<void>
}

export async function openSdkWorld(): Promise<SdkWorld> {
  const provider = await openProviderServer()
  const providers = Object.fromEntries(sdkNames.map((name) => [name, { baseUrl: provider.url }]))
  const gateway = await startGateway({
    configuration: { models: { providers }, gateway: { port: 0, holdMs: 0 } },
    env: {
      ANTHROPIC_API_KEYS: keysOf.anthropic.join(' '),
      OPENAI_API_KEYS: keysOf.openai.join(','),
      GEMINI_API_KEYS: keysOf.google.join(' '),
    },
  })
  const { token: apiKey } = await gateway.client.call('clients.issue', { name: 'sdk' })
  let tests = 0
  let position = 0
  let requests = 0
  return {
    provider,
    gateway,
    async begin() {
      tests++
      for (const key of sdkNames.flatMap((name) => keysOf[name])) provider.behave(key, answerModel())
      const { eventCount } = await gateway.client.call('gateway.status', {})
      position = eventCount
      requests = provider.received.length
    },
    caller: (name, options = {}) =>
      sdkCallers[name]({ gatewayUrl: gateway.httpUrl, apiKey, model: `model-${tests}`, ...options }),
    tried(name) {
      const keys: readonly string[] = keysOf[name]
      return provider.received.slice(requests).map(({ key }) => keys.indexOf(key) + 1)
    },
    async limits() {
      const { events } = await gateway.client.call('audit.log', { after: position, order: 'asc' })
      expect(events.filter(({ type }) => type !== 'CredentialRateLimited')).toEqual([])
      return events.map(({ data }) => data as unknown as Limited)
    },
    async close() {
      await gateway.stop()
      await provider.close()
    },
  }
}

/** What a call throws; fails when it throws nothing. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.unreachable(`served: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
}
