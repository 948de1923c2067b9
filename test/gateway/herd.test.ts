// Many requests at once when a key runs out, when its cooldown ends, and when keys share one limit.
import { afterEach, expect, test } from 'vitest'
import { answerOk, answerRateLimited } from '../support/provider-answers.ts'
import type { Behaviour, ReceivedRequest } from '../support/provider-behaviour.ts'
import { call, type Reply, until } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions): Promise<Room> => (room = await openRoom(options))
afterEach(() => room.close())

const path = '/openai/v1/chat/completions'
const keysNamed = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`OPENAI_API_KEY_${i + 1}`, `sk-test-${i + 1}`]))
const many = (count: number): Promise<Reply>[] => Array.from({ length: count }, () => call(room.url, path))
const statuses = (replies: readonly Reply[]): number[] => [...new Set(replies.map(({ status }) => status))]
const cooldownEvents = (): number =>
  Object.values(room.state().credentials).reduce((sum, { version }) => sum + version - 1, 0)

/** Answers nothing until it is told to, then everything that waits, and from then on at once. */
function heldBack(answer: Behaviour): { readonly behaviour: Behaviour; waiting(): number; release(): void } {
  const held: (() => void)[] = []
  let isOpen = false
  return {
    behaviour: (request: ReceivedRequest, response) =>
      isOpen ? answer(request, response) : void held.push(() => answer(request, response)),
    waiting: () => held.length,
    release() {
      isOpen = true
      for (const each of held.splice(0)) each()
    },
  }
}

test('100 requests in flight when a key runs out cost one cooldown and one wasted attempt each', async () => {
  const { provider } = await enter({ env: keysNamed(2) })
  const limit = heldBack(answerRateLimited({ reset: 'retry-after', seconds: 60 }))
  provider.behave('sk-test-1', limit.behaviour)
  const replies = many(100)
  await until(() => limit.waiting() === 100)
  limit.release()
  const answers = await Promise.all(replies)
  expect(statuses(answers)).toEqual([200])
  expect(answers.every(({ headers }) => headers['x-traseai-attempts'] === '2')).toBe(true)
  expect(cooldownEvents()).toBe(1)
  expect(provider.received).toHaveLength(200)
  // And from then on nobody asks the first key.
  expect((await call(room.url, path)).headers['x-traseai-attempts']).toBe('1')
})

test('keys that share a limit rest together: one cooldown, and no attempt on a sibling of one that is known to cool', async () => {
  const group = ['openai:OPENAI_API_KEY_1', 'openai:OPENAI_API_KEY_2', 'openai:OPENAI_API_KEY_3']
  const { provider } = await enter({
    env: keysNamed(4),
    auth: { quotaGroups: { acme: group as never }, strategies: { openai: 'round-robin' } },
  })
  const limits = [1, 2, 3].map((number) => {
    const limit = heldBack(answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    provider.behave(`sk-test-${number}`, limit.behaviour)
    return limit
  })
  const held = heldBack(answerOk())
  provider.behave('sk-test-4', held.behaviour)
  const replies = many(100)
  await until(() => provider.received.length === 100)
  for (const limit of limits) limit.release()
  held.release()
  expect(statuses(await Promise.all(replies))).toEqual([200])
  expect(cooldownEvents()).toBe(1)
  // 25 went to each key in turn; the 75 on the group went on to the fourth at once.
  expect(provider.received).toHaveLength(175)
  expect(provider.keys().slice(100)).toEqual(Array.from({ length: 75 }, () => 'sk-test-4'))
})

test('a sibling of a limited key is refused with the answer that the limited one got', async () => {
  const group = ['openai:OPENAI_API_KEY_1', 'openai:OPENAI_API_KEY_2']
  const { provider } = await enter({ env: keysNamed(2), auth: { quotaGroups: { acme: group as never } } })
  const limit = answerRateLimited({ reset: 'retry-after', seconds: 60, mark: 'shared' })
  provider.behave('sk-test-1', limit)
  provider.behave('sk-test-2', limit)
  const reply = await call(room.url, path)
  expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([429, '1'])
  expect(reply.text).toContain('shared')
  expect(provider.keys()).toEqual(['sk-test-1'])
})

test('after a cooldown one request finds out, the others wait for it and are then served', async () => {
  const { provider, clock } = await enter({ env: keysNamed(1) })
  const trial = heldBack(answerOk())
  provider.behave('sk-test-1', answerRateLimited({ reset: 'retry-after', seconds: 60 }), trial.behaviour)
  await call(room.url, path)
  clock.advance(60_000)
  const replies = many(20)
  await until(() => trial.waiting() === 1)
  await until(async () => (await waiting()) === 19)
  expect(provider.received).toHaveLength(2)
  trial.release()
  expect(statuses(await Promise.all(replies))).toEqual([200])
  expect(cooldownEvents()).toBe(1)
})

test('those who wait for a trial do not wait for longer than holdMs, and are then simply sent', async () => {
  const { provider, clock } = await enter({ env: keysNamed(1), settings: { holdMs: 1_000 } })
  const trial = heldBack(answerOk())
  provider.behave('sk-test-1', answerRateLimited({ reset: 'retry-after', seconds: 60 }), trial.behaviour)
  await call(room.url, path)
  clock.advance(60_000)
  const replies = many(5)
  await until(async () => (await waiting()) === 4)
  clock.advance(1_000)
  await until(() => trial.waiting() === 5)
  trial.release()
  expect(statuses(await Promise.all(replies))).toEqual([200])
})

test('a trial that is refused begins the cooldown anew, and those who waited for it make no attempt of their own', async () => {
  const { provider, clock } = await enter({ env: keysNamed(1) })
  const again = heldBack(answerRateLimited())
  provider.behave('sk-test-1', answerRateLimited(), again.behaviour)
  await call(room.url, path)
  clock.advance(30_000)
  const replies = many(20)
  await until(async () => (await waiting()) === 19)
  again.release()
  const answers = await Promise.all(replies)
  expect(statuses(answers)).toEqual([429])
  // One trial, and one more for the request that found everything cooling anew; the ladder went up one step.
  expect(provider.received.length).toBeLessThanOrEqual(3)
  expect(cooldownEvents()).toBe(2)
  expect(answers.filter(({ headers }) => headers['retry-after'] === '60').length).toBeGreaterThanOrEqual(18)
})

test('while one key is on trial the others are used', async () => {
  const { provider, clock } = await enter({ env: keysNamed(2) })
  const trial = heldBack(answerOk())
  provider.behave('sk-test-1', answerRateLimited({ reset: 'retry-after', seconds: 60 }), trial.behaviour)
  await call(room.url, path)
  clock.advance(60_000)
  const replies = many(10)
  await until(() => trial.waiting() === 1)
  await until(() => provider.received.length === 2 + 10)
  expect(provider.keys().filter((key) => key === 'sk-test-1')).toHaveLength(2)
  trial.release()
  expect(statuses(await Promise.all(replies))).toEqual([200])
})

test('a trial that succeeds while every key cools ends its cooldown at once', async () => {
  const { provider, clock } = await enter({ env: keysNamed(1) })
  provider.behave('sk-test-1', answerRateLimited({ reset: 'retry-after', seconds: 600 }), answerOk())
  await call(room.url, path)
  clock.advance(5_000)
  expect((await call(room.url, path)).status).toBe(200)
  const { cooldowns } = room.state().credentials['openai:OPENAI_API_KEY_1'] ?? {}
  expect(cooldowns).toEqual({})
  // So the next ones are served side by side.
  const replies = many(10)
  expect(statuses(await Promise.all(replies))).toEqual([200])
})

test('a success of a request from before the cooldown ends nothing', async () => {
  const { provider, clock } = await enter({ env: keysNamed(1) })
  const slow = heldBack(answerOk())
  provider.behave('sk-test-1', slow.behaviour, answerRateLimited({ reset: 'retry-after', seconds: 600 }))
  const old = call(room.url, path)
  await until(() => slow.waiting() === 1)
  clock.advance(1_000)
  expect((await call(room.url, path)).status).toBe(429)
  slow.release()
  expect((await old).status).toBe(200)
  expect(Object.keys(room.state().credentials['openai:OPENAI_API_KEY_1']?.cooldowns ?? {})).toEqual(['m'])
})

const waiting = async (): Promise<number> => {
  const { text } = await call(room.url, '/metrics', { method: 'GET' })
  return Number(/^traseai_http_requests_waiting (\d+)$/m.exec(text)?.[1])
}
