// Which key is taken when several could be: in turn, by what is left, and money only when it may be spent.
import { afterEach, describe, expect, test } from 'vitest'
import { answerOk, answerRateLimited } from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { call } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions): Promise<Room> => (room = await openRoom(options))
afterEach(() => room.close())

const path = '/openai/v1/chat/completions'
const env = { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2', OPENAI_API_KEY_3: 'sk-test-3' }
const strategies = (strategy: 'round-robin' | 'headroom') => ({ strategies: { openai: strategy } })

/** A good answer that says how many of 100 requests are left, for a minute. */
function answerLeft(left: number): Behaviour {
  return (request, response) => {
    response.setHeader('x-ratelimit-limit-requests', '100')
    response.setHeader('x-ratelimit-remaining-requests', String(left))
    response.setHeader('x-ratelimit-reset-requests', '1m0s')
    answerOk()(request, response)
  }
}

test('in turn: each key gets every third request', async () => {
  const { url, provider } = await enter({ env, auth: strategies('round-robin') })
  for (let i = 0; i < 6; i++) await call(url, path)
  expect(provider.keys()).toEqual([1, 2, 3, 1, 2, 3].map((number) => `sk-test-${number}`))
})

test('by what is left: the key with the largest share', async () => {
  const { url, provider } = await enter({ env, auth: strategies('headroom') })
  for (const [key, left] of [
    ['sk-test-1', 20],
    ['sk-test-2', 80],
    ['sk-test-3', 50],
  ] as const) {
    provider.behave(key, answerLeft(left))
  }
  // Nothing is known at first, so each is asked once, in order.
  for (let i = 0; i < 5; i++) await call(url, path)
  expect(provider.keys()).toEqual([1, 2, 3, 2, 2].map((number) => `sk-test-${number}`))
})

test('what was started since counts as used', async () => {
  const { url, provider } = await enter({ env, auth: strategies('headroom') })
  for (const [key, left] of [
    ['sk-test-1', 50],
    ['sk-test-2', 49],
    ['sk-test-3', 10],
  ] as const) {
    provider.behave(key, answerLeft(left), answerOk())
  }
  for (let i = 0; i < 6; i++) await call(url, path)
  expect(provider.keys().slice(3)).toEqual(['sk-test-1', 'sk-test-1', 'sk-test-2'])
})

test('a key that said it has nothing left is tried after the others, and used when it is the only one', async () => {
  const { url, provider, clock } = await enter({ env })
  provider.behave('sk-test-1', answerLeft(0), answerOk())
  await call(url, path)
  await call(url, path)
  expect(provider.keys()).toEqual(['sk-test-1', 'sk-test-2'])
  for (const key of ['sk-test-2', 'sk-test-3']) {
    provider.behave(key, answerRateLimited({ reset: 'retry-after', seconds: 600 }))
  }
  expect((await call(url, path)).status).toBe(200)
  expect(provider.keys().slice(2)).toEqual(['sk-test-2', 'sk-test-3', 'sk-test-1'])
  // After the reset it is the first again.
  clock.advance(60_000)
  await call(url, path)
  expect(provider.keys().at(-1)).toBe('sk-test-1')
})

test('a session keeps its key in every strategy, until that has nothing left', async () => {
  const { url, provider } = await enter({ env, auth: strategies('round-robin') })
  const headers = { 'x-traseai-session': 's' }
  provider.behave('sk-test-1', answerOk(), answerOk(), answerLeft(0))
  for (let i = 0; i < 4; i++) await call(url, path, { headers })
  expect(provider.keys()).toEqual(['sk-test-1', 'sk-test-1', 'sk-test-1', 'sk-test-2'])
})

describe('a subscription and a paid key', () => {
  const stored = {
    'anthropic:default': ['token', 'sk-ant-test-subscription'],
    'anthropic:work': ['token', 'sk-ant-test-second'],
    'anthropic:key': ['api_key', 'sk-ant-test-paid'],
  } as const
  const messages = '/anthropic/v1/messages'
  const limited = answerRateLimited({ reset: 'retry-after', seconds: 600, mark: 'of the plan' })

  test('when the plans are limited the client gets the last refusal, and no money is spent', async () => {
    const { url, provider, clock } = await enter({ stored })
    provider.behave('sk-ant-test-subscription', limited)
    provider.behave('sk-ant-test-second', limited)
    const reply = await call(url, messages)
    expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([429, '2'])
    expect(reply.text).toContain('of the plan')
    clock.advance(1_000)
    expect((await call(url, messages)).status).toBe(429)
    expect(provider.keys()).not.toContain('sk-ant-test-paid')
  })

  test('when it is allowed the paid key serves, and says so', async () => {
    const { url, provider, log, clock } = await enter({ stored, auth: { allowPaidFallback: true } })
    provider.behave('sk-ant-test-subscription', limited, answerOk())
    provider.behave('sk-ant-test-second', limited, answerOk())
    const reply = await call(url, messages)
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({ 'x-traseai-profile': 'anthropic:key', 'x-traseai-fallback': 'paid' })
    await call(url, messages)
    const announced = log.filter((line) => line.startsWith('a paid key is used'))
    expect(announced).toHaveLength(1)
    expect(announced[0]).toContain('"limited":"anthropic:default"')
    // Once the plan is there again, it serves, and nothing needs to be said.
    clock.advance(600_000)
    const later = await call(url, messages)
    expect(later.headers['x-traseai-profile']).toBe('anthropic:default')
    expect(later.headers).not.toHaveProperty('x-traseai-fallback')
  })

  test('a key that stands before the plan, or is pinned, is no fallback', async () => {
    const order = { anthropic: ['anthropic:key', 'anthropic:default'] as never }
    const { url, provider } = await enter({ stored, order })
    provider.behave('sk-ant-test-subscription', limited)
    const first = await call(url, messages)
    expect(first.headers['x-traseai-profile']).toBe('anthropic:key')
    expect(first.headers).not.toHaveProperty('x-traseai-fallback')
    await call(url, messages, { headers: { 'x-traseai-profile': 'anthropic:default' } })
    const pinned = await call(url, messages, { headers: { 'x-traseai-profile': 'anthropic:key' } })
    expect(pinned.status).toBe(200)
    expect(pinned.headers).not.toHaveProperty('x-traseai-fallback')
  })

  test('a plan that is switched off is passed over as before', async () => {
    const { url } = await enter({ stored })
    for (const id of ['anthropic:default', 'anthropic:work'] as const) {
      room.execute({ type: 'DisableCredential', profileId: id as never, reason: 'user', retryAt: null, startedAt: 0 })
    }
    const reply = await call(url, messages)
    expect(reply.headers['x-traseai-profile']).toBe('anthropic:key')
    expect(reply.headers).not.toHaveProperty('x-traseai-fallback')
  })

  test('taking turns never spends money while the plan serves', async () => {
    const { url, provider } = await enter({ stored, auth: { strategies: { anthropic: 'round-robin' } } })
    for (let i = 0; i < 4; i++) await call(url, messages)
    expect(provider.keys()).toEqual(
      ['subscription', 'second', 'subscription', 'second'].map((name) => `sk-ant-test-${name}`),
    )
  })
})
