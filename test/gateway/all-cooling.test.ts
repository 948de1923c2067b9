// What a request gets while every key is cooling: a short wait, the one trial, or the last refusal with a true retry-after.
import { afterEach, expect, test } from 'vitest'
import { answerNever, answerOk, answerRateLimited } from '../support/provider-answers.ts'
import { call, callAndLeave, open, until } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions): Promise<Room> => (room = await openRoom(options))
afterEach(() => room.close())

const path = '/openai/v1/chat/completions'
const env = { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' }

/** Makes every key cool for as long as it says. */
async function coolDown(seconds: Readonly<Record<string, number>>): Promise<void> {
  for (const [key, each] of Object.entries(seconds)) {
    room.provider.behave(key, answerRateLimited({ reset: 'retry-after', seconds: each, mark: `of ${key}` }), answerOk())
  }
  expect((await call(room.url, path)).status).toBe(429)
}

const waiting = async (): Promise<number> => {
  const { text } = await call(room.url, '/metrics', { method: 'GET' })
  return Number(/^traseai_http_requests_waiting (\d+)$/m.exec(text)?.[1])
}

test('a request waits for a reset that is near, and is then served', async () => {
  const { url, provider, clock } = await enter({ env })
  await coolDown({ 'sk-test-1': 1.5, 'sk-test-2': 60 })
  const reply = call(url, path)
  await until(async () => (await waiting()) === 1)
  expect(provider.received).toHaveLength(2)
  clock.advance(1_500)
  expect((await reply).status).toBe(200)
  expect(provider.keys()).toEqual(['sk-test-1', 'sk-test-2', 'sk-test-1'])
})

test('a client that leaves while it waits is forgotten', async () => {
  const { url, clock } = await enter({ env })
  await coolDown({ 'sk-test-1': 1, 'sk-test-2': 1 })
  const left = callAndLeave(url, path)
  await until(async () => (await waiting()) === 1)
  await left.leave()
  await until(async () => (await waiting()) === 0)
  expect(clock.pending()).toBe(0)
  expect(room.provider.received).toHaveLength(2)
})

test('for a distant reset one trial goes to the key that is due soonest', async () => {
  const { url, provider } = await enter({ env })
  await coolDown({ 'sk-test-1': 600, 'sk-test-2': 300 })
  expect((await call(url, path)).status).toBe(200)
  expect(provider.keys().at(-1)).toBe('sk-test-2')
})

test('while the trial is under way, others get the last refusal at once with a true retry-after', async () => {
  const { url, provider, clock } = await enter({ env })
  await coolDown({ 'sk-test-1': 600, 'sk-test-2': 300 })
  provider.behave('sk-test-2', answerNever())
  const trial = callAndLeave(url, path)
  await provider.untilReceived(3)
  clock.advance(100_500)
  const reply = await call(url, path)
  expect(reply.status).toBe(429)
  expect(reply.text).toContain('of sk-test-2')
  expect(reply.headers['retry-after']).toBe('200')
  expect(reply.headers['x-traseai-profile']).toBe('openai:OPENAI_API_KEY_2')
  expect(reply.headers['x-traseai-attempts']).toBe('0')
  expect(provider.received).toHaveLength(3)
  await trial.leave()
})

test('a trial whose client left makes room for the next trial', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY: 'sk-test-1' } })
  await coolDown({ 'sk-test-1': 600 })
  provider.behave('sk-test-1', answerNever(), answerOk())
  const trial = callAndLeave(url, path)
  await provider.untilReceived(2)
  await trial.leave()
  await until(async () => (await call(url, path)).status === 200)
})

test('a refused trial is returned as it came, and the cooldown is not made longer', async () => {
  const { url, provider, clock } = await enter({ env: { OPENAI_API_KEY: 'sk-test-1' } })
  await coolDown({ 'sk-test-1': 600 })
  provider.behave('sk-test-1', answerRateLimited({ reset: 'retry-after', seconds: 900, mark: 'again' }), answerOk())
  clock.advance(599_000)
  // 1 s is left, so this one waits and then gets the second answer.
  const waits = call(url, path)
  await until(async () => (await waiting()) === 1)
  clock.advance(1_000)
  const reply = await waits
  expect(reply.status).toBe(429)
  expect(reply.text).toContain('again')
  expect(reply.headers['retry-after']).toBe('900')
})

test('without a refusal at hand one is made in the shape of the provider', async () => {
  const { url, provider, clock } = await enter({ env: { ANTHROPIC_API_KEY: 'sk-ant-test-1' } })
  // Too long to be kept.
  provider.behave(
    'sk-ant-test-1',
    answerRateLimited({ reset: 'retry-after', seconds: 600, mark: 'x'.repeat(20_000) }),
    answerNever(),
  )
  await call(url, '/anthropic/v1/messages')
  const trial = await Promise.race([open(url, '/anthropic/v1/messages'), provider.untilReceived(2)])
  expect(trial).toBeUndefined()
  clock.advance(10_000)
  const reply = await call(url, '/anthropic/v1/messages')
  expect(reply.status).toBe(429)
  expect(JSON.parse(reply.text)).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', traseai: { code: 'rate_limited' } },
  })
  expect(reply.headers['retry-after']).toBe('590')
})

test('a key that is cooling for the model asked for is tried for another', async () => {
  const { url } = await enter({ env: { OPENAI_API_KEY: 'sk-test-1' } })
  await coolDown({ 'sk-test-1': 600 })
  expect((await call(url, path, { body: '{"model":"other"}' })).status).toBe(200)
})
