// While every key cools and its provider said how its limit fills again: who may try before the cooldown ends, and who waits.
import { afterEach, expect, test } from 'vitest'
import { answerOk, answerRateLimited, answerRaw } from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { call, type Reply, until } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions): Promise<Room> => (room = await openRoom(options))
afterEach(() => room.close())

const path = '/openai/v1/chat/completions'
const env = { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' }
const one = { OPENAI_API_KEY: 'sk-test-1' }

/** What is left of so many requests a minute. */
const limits = (limit: number, remaining: number, resetSeconds: number): string[] =>
  Object.entries({ limit, remaining, reset: `${resetSeconds}s` }).flatMap(([part, value]) => [
    `x-ratelimit-${part}-requests`,
    String(value),
  ])
const refused = (limit: number, resetSeconds = 60): Behaviour =>
  answerRaw(
    429,
    ['content-type', 'application/json', ...limits(limit, 0, resetSeconds)],
    '{"error":{"message":"Rate limit reached"}}',
  )
const served = (limit: number, remaining: number): Behaviour =>
  answerRaw(
    200,
    ['content-type', 'application/json', ...limits(limit, remaining, ((limit - remaining) * 60) / limit)],
    '{}',
  )
const waiting = async (): Promise<number> => {
  const { text } = await call(room.url, '/metrics', { method: 'GET' })
  return Number(/^traseai_http_requests_waiting (\d+)$/m.exec(text)?.[1])
}
const count = (replies: readonly Reply[], status: number): number =>
  replies.filter((reply) => reply.status === status).length
const eventTypes = (): string[] =>
  room.events.map(({ type }) => type).filter((type) => type.startsWith('CredentialRate') || type.includes('Cooldown'))

test('the key that is likely to have room first is due soonest, however long its cooldown', async () => {
  const { url, provider, clock } = await enter({ env })
  provider.behave('sk-test-1', refused(3), answerOk())
  provider.behave('sk-test-2', answerRateLimited({ reset: 'retry-after', seconds: 40 }), answerOk())
  await call(url, path)
  clock.advance(1_000)
  expect((await call(url, path)).status).toBe(200)
  expect(provider.keys().at(-1)).toBe('sk-test-1')
})

test('a request waits for room that is near, and is then served', async () => {
  const { url, provider, clock } = await enter({ env: one })
  provider.behave('sk-test-1', refused(3), answerOk())
  await call(url, path)
  clock.advance(18_500)
  const reply = call(url, path)
  await until(async () => (await waiting()) === 1)
  expect(provider.received).toHaveLength(1)
  clock.advance(1_500)
  expect((await reply).status).toBe(200)
})

test('a request tries each key that is likely to have room, and each once', async () => {
  const { url, provider, clock } = await enter({ env })
  provider.behave('sk-test-1', refused(3), refused(3), answerOk())
  provider.behave('sk-test-2', refused(4), answerOk())
  await call(url, path)
  clock.advance(20_000)
  const reply = await call(url, path)
  expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([200, '2'])
})

test('many that wait for room cost one attempt, and are refused with the time of the next room', async () => {
  const { url, provider, clock } = await enter({ env: one })
  provider.behave('sk-test-1', refused(3), served(3, 0))
  await call(url, path)
  clock.advance(18_500)
  const replies = Array.from({ length: 20 }, () => call(url, path))
  await until(async () => (await waiting()) === 20)
  clock.advance(1_500)
  await until(() => provider.received.length >= 2)
  const answers = await Promise.all(replies)
  expect([count(answers, 200), count(answers, 429)]).toEqual([
    provider.received.length - 1,
    21 - provider.received.length,
  ])
  // The trial, and the one that comes after it while nothing else is usable.
  expect(provider.received.length).toBeLessThanOrEqual(3)
  expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toBe('20')
  // Nothing was left, so the cooldown goes on, and the log is not filled.
  expect(eventTypes()).toEqual(['CredentialRateLimited'])
})

test('those who come during the trial wait for it, and are served when it leaves room for more', async () => {
  const { url, provider, clock } = await enter({ env: one })
  let release: () => void = () => undefined
  provider.behave(
    'sk-test-1',
    refused(3),
    (request, response) => void (release = () => served(3, 2)(request, response)),
    answerOk(),
  )
  await call(url, path)
  clock.advance(20_000)
  const trial = call(url, path)
  await provider.untilReceived(2)
  const replies = Array.from({ length: 5 }, () => call(url, path))
  await until(async () => (await waiting()) === 5)
  expect(provider.received).toHaveLength(2)
  release()
  expect(count(await Promise.all([trial, ...replies]), 200)).toBe(6)
  expect(eventTypes()).toEqual(['CredentialRateLimited', 'CredentialCooldownCleared'])
})

test('a trial that is refused moves the next one on, at least twice as far', async () => {
  const { url, provider, clock } = await enter({ env: one })
  provider.behave('sk-test-1', refused(60), refused(60, 59), answerOk())
  await call(url, path)
  clock.advance(1_000)
  expect((await call(url, path)).headers['x-traseai-attempts']).toBe('1')
  // Two seconds from now: whoever comes waits instead of asking at once.
  const reply = call(url, path)
  await until(async () => (await waiting()) === 1)
  clock.advance(1_900)
  expect(provider.received).toHaveLength(2)
  clock.advance(100)
  expect((await reply).status).toBe(200)
})

test('a provider that names the moment for the next request is not asked before', async () => {
  const { url, provider, clock } = await enter({ env })
  const exact = answerRaw(429, ['content-type', 'application/json', 'retry-after', '30', ...limits(3, 0, 60)], '{}')
  provider.behave('sk-test-1', exact)
  provider.behave('sk-test-2', refused(3), refused(3), answerOk())
  await call(url, path)
  clock.advance(20_000)
  const reply = await call(url, path)
  expect(reply.status).toBe(429)
  expect(provider.keys()).toEqual(['sk-test-1', 'sk-test-2', 'sk-test-2'])
})
