// The published SDKs, their own retries off, through the real gateway process to a local server that answers as the providers do.
import Anthropic from '@anthropic-ai/sdk'
import { ApiError, GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import {
  answerError,
  answerLimitedInStream,
  answerOk,
  answerRateLimited,
  answerText,
} from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'

let provider: ProviderServer
let gateway: GatewayProcess
let apiKey: string

/** Each SDK with two keys; how it asks, plainly and for a stream; and what it makes of an error. */
const keysOf = {
  anthropic: ['sk-ant-test-0000000001', 'sk-ant-test-0000000002'],
  openai: ['sk-test-000000000001', 'sk-test-000000000002'],
  google: ['AIza-test-000000000001', 'AIza-test-000000000002'],
} as const

beforeAll(async () => {
  provider = await openProviderServer()
  const providers = Object.fromEntries(Object.keys(keysOf).map((name) => [name, { baseUrl: provider.url }]))
  gateway = await startGateway({
    configuration: { models: { providers } },
    env: {
      ANTHROPIC_API_KEYS: keysOf.anthropic.join(' '),
      OPENAI_API_KEYS: keysOf.openai.join(','),
      GEMINI_API_KEYS: keysOf.google.join(' '),
    },
  })
  const issued = await gateway.client.call('clients.issue', { name: 'sdk' })
  apiKey = issued.token
})
afterAll(async () => {
  await gateway.stop()
  await provider.close()
})

/** Every test finds both keys ready. */
beforeEach(async () => {
  for (const key of Object.values(keysOf).flat()) provider.behave(key, answerOk())
  for (const { profileId } of await gateway.client.call('credentials.list', {})) {
    await gateway.client.call('credentials.enable', { profileId })
  }
  await gateway.client.call('cooldowns.clear', {})
})

interface Sdk {
  ask(): Promise<string>
  stream(): Promise<string>
  readonly statusOf: (error: unknown) => unknown
}

const message = { role: 'user' as const, content: 'Hello' }
const sdks: Readonly<Record<keyof typeof keysOf, () => Sdk>> = {
  anthropic() {
    const sdk = new Anthropic({ baseURL: `${gateway.httpUrl}/anthropic`, apiKey, maxRetries: 0 })
    const asked = { model: 'claude-test', max_tokens: 16, messages: [message] }
    return {
      async ask() {
        const { content } = await sdk.messages.create(asked)
        return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
      },
      stream: () => sdk.messages.stream(asked).finalText(),
      statusOf: (error) => (error instanceof Anthropic.APIError ? (error.status as unknown) : error),
    }
  },
  openai() {
    const sdk = new OpenAI({ baseURL: `${gateway.httpUrl}/openai/v1`, apiKey, maxRetries: 0 })
    return {
      async ask() {
        const { choices } = await sdk.chat.completions.create({ model: 'gpt-5', messages: [message] })
        return choices[0]?.message.content ?? ''
      },
      async stream() {
        let text = ''
        for await (const { choices } of await sdk.chat.completions.create({
          model: 'gpt-5',
          messages: [message],
          stream: true,
        })) {
          text += choices[0]?.delta.content ?? ''
        }
        return text
      },
      statusOf: (error) => (error instanceof OpenAI.APIError ? (error.status as unknown) : error),
    }
  },
  google() {
    const sdk = new GoogleGenAI({
      apiKey,
      httpOptions: { baseUrl: `${gateway.httpUrl}/google`, retryOptions: { attempts: 1 } },
    })
    const asked = { model: 'gemini-2.5-pro', contents: 'Hello' }
    return {
      ask: async () => (await sdk.models.generateContent(asked)).text ?? '',
      async stream() {
        let text = ''
        for await (const chunk of await sdk.models.generateContentStream(asked)) text += chunk.text ?? ''
        return text
      },
      statusOf: (error) => (error instanceof ApiError ? error.status : error),
    }
  },
}

/** What a call throws; fails when it throws nothing. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.unreachable(`served: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
}

describe.each(Object.keys(sdks) as (keyof typeof sdks)[])('the SDK of %s', (name) => {
  const [one, two] = keysOf[name]
  const tried = (): string[] =>
    provider
      .keys()
      .splice(0)
      .filter((key) => key === one || key === two)
  let sdk: Sdk
  let before: number
  const attempts = (): string[] => tried().slice(before)
  beforeEach(() => {
    sdk = sdks[name]()
    before = tried().length
  })
  const forms = ['ask', 'stream'] as const

  test.each(forms)('%s: is served', async (form) => {
    expect(await sdk[form]()).toBe(answerText)
  })

  test.each(forms)('%s: is served by the next key when one is rate limited', async (form) => {
    provider.behave(one, answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    provider.behave(two, answerOk())
    expect(await sdk[form]()).toBe(answerText)
    expect(attempts()).toEqual([one, two])
  })

  test.each(forms.flatMap((form) => [500, 400, 401].map((status) => [form, status] as const)))(
    '%s: a %i reaches it as the provider’s error, from one attempt',
    async (form, status) => {
      for (const key of [one, two]) provider.behave(key, answerError(status))
      const error = await failureOf(sdk[form]())
      expect(sdk.statusOf(error)).toBe(status)
      expect(String(error)).toContain(`failure ${status}`)
      expect(attempts()).toHaveLength(1)
    },
  )

  test.each(forms)('%s: with every key limited it sees the last one’s error unchanged', async (form) => {
    for (const key of [one, two])
      provider.behave(key, answerRateLimited({ reset: 'retry-after', seconds: 60, mark: `of ${key}` }))
    const error = await failureOf(sdk[form]())
    expect(sdk.statusOf(error)).toBe(429)
    expect(attempts()).toHaveLength(2)
    expect(String(error)).toContain(`of ${attempts().at(-1)}`)
  })

  test('stream: is served by the next key when the limit shows inside the stream', async () => {
    provider.behave(one, answerLimitedInStream())
    provider.behave(two, answerOk())
    expect(await sdk.stream()).toBe(answerText)
  })

  test('is told in its own error class that its token is wrong', async () => {
    const right = apiKey
    apiKey = 'trase-wrong'
    try {
      const error = await failureOf(sdks[name]().ask())
      expect(sdk.statusOf(error)).toBe(401)
      expect(String(error)).toContain('traseai clients issue')
    } finally {
      apiKey = right
    }
  })
})
