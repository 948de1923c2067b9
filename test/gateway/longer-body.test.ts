// Bodies longer than gateway.bodyBytesMax: they flow through once, and the model is looked for in their beginning.
import { afterEach, expect, test } from 'vitest'
import { answerRateLimited } from '../support/provider-answers.ts'
import type { ReceivedRequest } from '../support/provider-behaviour.ts'
import { call, type Reply } from './client.ts'
import { openRoom, type Room } from './room.ts'

let room: Room | null = null
afterEach(async () => {
  await room?.close()
  room = null
})

const bodyBytesMax = 4_096

async function enter(): Promise<Room> {
  room = await openRoom({
    env: { ANTHROPIC_API_KEY: 'sk-ant-test-1', ANTHROPIC_API_KEY_2: 'sk-ant-test-2' },
    models: { default: 'anthropic/claude-haiku-5', aliases: { sonnet: 'anthropic/claude-sonnet-5-5' } },
    settings: { bodyBytesMax },
  })
  return room
}

const filling = 'é'.repeat(100_000)
const native = '/anthropic/v1/messages'
const entry = '/v1/chat/completions'
const chunked = { 'transfer-encoding': 'chunked' }

function last({ provider }: Room): ReceivedRequest {
  return provider.received.at(-1) as ReceivedRequest // each caller has sent one
}

const codeOf = ({ text }: Reply): string =>
  (JSON.parse(text) as { error: { traseai: { code: string } } }).error.traseai.code

test.each([
  ['stated', {}],
  ['not stated', chunked],
])('with its length %s a body goes to the provider as it came', async (_how, headers) => {
  const entered = await enter()
  const body = JSON.stringify({ messages: filling, model: 'claude-haiku-5@ANTHROPIC_API_KEY_2' })
  expect((await call(entered.url, native, { body, headers })).status).toBe(200)
  expect(last(entered).body.toString()).toBe(body)
  expect(last(entered).key).toBe('sk-ant-test-1')
  const stated = headers === chunked ? undefined : String(Buffer.byteLength(body))
  expect(last(entered).headers['content-length']).toBe(stated)
})

test.each([
  ['stated', {}],
  ['not stated', chunked],
])('with its length %s a credential in its beginning is cut out', async (_how, headers) => {
  const entered = await enter()
  const body = JSON.stringify({ model: 'claude-haiku-5@ANTHROPIC_API_KEY_2', messages: filling })
  expect((await call(entered.url, native, { body, headers })).status).toBe(200)
  expect(last(entered).body.toString()).toBe(body.replace('@ANTHROPIC_API_KEY_2', ''))
  expect(last(entered).key).toBe('sk-ant-test-2')
})

test.each([
  ['sonnet', 'claude-sonnet-5-5'],
  ['default', 'claude-haiku-5'],
  ['anthropic/claude-opus-5', 'claude-opus-5'],
])('the entry sends one with %s on as %s', async (model, name) => {
  const entered = await enter()
  const body = JSON.stringify({ x: 1, model, messages: filling })
  for (const headers of [{}, chunked]) {
    expect((await call(entered.url, entry, { body, headers })).status).toBe(200)
    expect(last(entered).body.toString()).toBe(JSON.stringify({ x: 1, model: name, messages: filling }))
  }
})

test.each([
  ['behind the rest', { messages: filling, model: 'sonnet' }],
  ['nowhere', { messages: filling }],
  ['across the limit', { x: 'x'.repeat(bodyBytesMax - 20), model: 'sonnet'.repeat(100_000), messages: filling }],
])('the entry refuses one whose model stands %s', async (_where, body) => {
  const entered = await enter()
  for (const headers of [{}, chunked]) {
    const reply = await call(entered.url, entry, { body: JSON.stringify(body), headers })
    expect([reply.status, codeOf(reply)]).toEqual([413, 'body_too_large'])
  }
  expect(entered.provider.received).toEqual([])
})

test.each([native, entry])('at %s it is sent once, whatever the answer', async (path) => {
  const entered = await enter()
  entered.provider.behave('sk-ant-test-1', answerRateLimited())
  const reply = await call(entered.url, path, { body: JSON.stringify({ model: 'sonnet', messages: filling }) })
  expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([429, '1'])
  expect(entered.provider.keys()).toEqual(['sk-ant-test-1'])
  await call(entered.url, path, { body: JSON.stringify({ model: 'sonnet', messages: filling }) })
  expect(entered.provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
})

test('one byte less is kept, and tried again', async () => {
  const entered = await enter()
  entered.provider.behave('sk-ant-test-1', answerRateLimited())
  const empty = JSON.stringify({ model: 'm', messages: '' })
  const body = JSON.stringify({ model: 'm', messages: 'x'.repeat(bodyBytesMax - empty.length) })
  expect((await call(entered.url, native, { body })).status).toBe(200)
  expect(entered.provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
})
