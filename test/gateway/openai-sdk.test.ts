// OpenAI's own SDK at the entry /v1: chat, responses, embeddings and models, whichever provider they come from.
import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import {
  answerError,
  answerNever,
  answerRateLimited,
  answerRaw,
  answerText,
  writeEvents,
} from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { until } from './client.ts'
import { openRoom, type Room, type RoomOptions, token } from './room.ts'

let room: Room | null = null
afterEach(async () => {
  await room?.close()
  room = null
})

const keys = {
  ANTHROPIC_API_KEYS: 'sk-ant-test-1 sk-ant-test-2',
  OPENAI_API_KEY: 'sk-test-1',
  GEMINI_API_KEY: 'AIza-test-1',
}
const models = { default: 'openai/gpt-5', aliases: { sonnet: 'anthropic/claude-sonnet-5-5' } }

async function enter(options: RoomOptions = {}): Promise<{ sdk: OpenAI; entered: Room }> {
  room = await openRoom({ env: keys, models, ...options })
  return { sdk: new OpenAI({ baseURL: `${room.url}/v1`, apiKey: token, maxRetries: 0 }), entered: room }
}

const json = (value: unknown): Behaviour => answerRaw(200, ['content-type', 'application/json'], JSON.stringify(value))
const messages = [{ role: 'user' as const, content: 'Hello' }]
const providers = ['sonnet', 'google/gemini-2.5-pro', 'openai/gpt-5', 'default']

test.each(providers)('chat with %s', async (model) => {
  const { sdk } = await enter()
  const { choices } = await sdk.chat.completions.create({ model, messages })
  expect(choices[0]?.message.content).toBe(answerText)
})

test.each(providers)('chat as a stream with %s', async (model) => {
  const { sdk } = await enter()
  let text = ''
  for await (const { choices } of await sdk.chat.completions.create({ model, messages, stream: true })) {
    text += choices[0]?.delta.content ?? ''
  }
  expect(text).toBe(answerText)
})

test('a stream is served by the next key when one is rate limited', async () => {
  const { sdk, entered } = await enter()
  entered.provider.behave('sk-ant-test-1', answerRateLimited({ reset: 'retry-after' }))
  const stream = await sdk.chat.completions.create({ model: 'sonnet', messages, stream: true })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  expect([text, entered.provider.keys()]).toEqual([answerText, ['sk-ant-test-1', 'sk-ant-test-2']])
})

test('a response, whole and as a stream', async () => {
  const { sdk, entered } = await enter()
  const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: answerText }] }]
  const response = { id: 'resp_1', object: 'response', model: 'gpt-5', status: 'completed', output }
  const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
  entered.provider.behave('sk-test-1', json(response), (_request, answer) =>
    writeEvents(answer, [
      event('response.created', { response }),
      event('response.output_text.delta', { delta: answerText }),
      event('response.completed', { response }),
    ]),
  )
  const { output_text: text } = await sdk.responses.create({ model: 'openai/gpt-5', input: 'Hello' })
  let streamed = ''
  for await (const each of await sdk.responses.create({ model: 'openai/gpt-5', input: 'Hello', stream: true })) {
    if (each.type === 'response.output_text.delta') streamed += each.delta
  }
  expect([text, streamed]).toEqual([answerText, answerText])
  expect(entered.provider.received.map(({ url }) => url)).toEqual(['/v1/responses', '/v1/responses'])
})

test('embeddings', async () => {
  const { sdk, entered } = await enter()
  const embedding = { object: 'embedding', index: 0, embedding: [0.5, -0.25] }
  entered.provider.behave('AIza-test-1', json({ object: 'list', data: [embedding], model: 'gemini-embedding-001' }))
  const { data } = await sdk.embeddings.create({
    model: 'google/gemini-embedding-001',
    input: 'Hello',
    encoding_format: 'float',
  })
  expect(data[0]?.embedding).toEqual([0.5, -0.25])
  expect(entered.provider.received[0]?.url).toBe('/v1beta/openai/embeddings')
})

test('what is wrong comes in the SDK’s own error classes, with our code', async () => {
  const { sdk, entered } = await enter()
  const failure = async (model: string): Promise<unknown> => {
    try {
      return await sdk.chat.completions.create({ model, messages })
    } catch (error) {
      return error
    }
  }
  const unknown = await failure('sonet')
  expect(unknown).toBeInstanceOf(OpenAI.NotFoundError)
  expect(unknown).toMatchObject({ code: 'unknown_model' })
  expect(String(unknown)).toContain('did you mean sonnet?')
  entered.provider.behave('sk-test-1', answerError(400))
  expect(await failure('openai/gpt-5')).toBeInstanceOf(OpenAI.BadRequestError)
})

const lists = (entered: Room): void => {
  entered.provider.behave('sk-ant-test-1', json({ data: [{ id: 'claude-sonnet-5-5' }, { id: 'claude-haiku-5' }] }))
  entered.provider.behave('sk-test-1', json({ object: 'list', data: [{ id: 'gpt-5' }] }))
  entered.provider.behave('AIza-test-1', json({ models: [{ name: 'models/gemini-2.5-pro' }] }))
}
const known = [
  ['default', 'openai'],
  ['openai/gpt-5', 'openai'],
  ['sonnet', 'anthropic'],
  ['anthropic/claude-sonnet-5-5', 'anthropic'],
  ['anthropic/claude-haiku-5', 'anthropic'],
  ['google/gemini-2.5-pro', 'google'],
]

test('the models of every provider that has a usable key, and the names for them', async () => {
  const { sdk, entered } = await enter()
  lists(entered)
  const { data } = await sdk.models.list()
  expect(data.map(({ id, owned_by: owner }) => [id, owner])).toEqual(known)
  expect(data.every(({ object, created }) => object === 'model' && created === 0)).toBe(true)
  await sdk.models.list()
  expect(entered.provider.received).toHaveLength(3)
})

test('one model, by its name or an alias, and none that is not there', async () => {
  const { sdk, entered } = await enter()
  lists(entered)
  expect(await sdk.models.retrieve('anthropic/claude-haiku-5')).toMatchObject({ id: 'anthropic/claude-haiku-5' })
  expect(await sdk.models.retrieve('sonnet')).toMatchObject({ owned_by: 'anthropic' })
  await expect(sdk.models.retrieve('anthropic/nope')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
})

test('a provider that gives no list does not hold up the others', async () => {
  const { sdk, entered } = await enter()
  lists(entered)
  entered.provider.behave('sk-ant-test-1', answerNever())
  entered.provider.behave('AIza-test-1', answerError(500))
  const listing = sdk.models.list()
  await entered.provider.untilReceived(3)
  await until(() => entered.clock.pending() > 1)
  entered.clock.advance(3_000)
  const { data } = await listing
  expect(data.map(({ id }) => id)).toEqual(['default', 'openai/gpt-5', 'sonnet', 'anthropic/claude-sonnet-5-5'])
})
