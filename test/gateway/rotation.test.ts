// Which credential serves a request: the next one for a rate limit, never for anything else, each at most once.
import { afterEach, expect, test } from 'vitest'
import {
  answerError,
  answerLimitedInStream,
  answerNever,
  answerOk,
  answerRateLimited,
  answerText,
  type ResetForm,
} from '../support/provider-answers.ts'
import { call, callAndLeave } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions): Promise<Room> => (room = await openRoom(options))
afterEach(() => room.close())

const [one, two, three] = ['sk-ant-test-1', 'sk-ant-test-2', 'sk-ant-test-3'] as const
const env = { ANTHROPIC_API_KEY_1: one, ANTHROPIC_API_KEY_2: two, ANTHROPIC_API_KEY_3: three }
const path = '/anthropic/v1/messages'
const body = '{"model":"claude-sonnet-4-5","max_tokens":8}'
const streamBody = '{"model":"claude-sonnet-4-5","max_tokens":8,"stream":true}'

test('a request that is rate limited is served with the next key, and says with which', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerRateLimited())
  const reply = await call(url, path, { body })
  expect(reply.status).toBe(200)
  expect(reply.text).toContain(answerText)
  expect(provider.keys()).toEqual([one, two])
  expect(reply.headers['x-traseai-profile']).toBe('anthropic:ANTHROPIC_API_KEY_2')
  expect(reply.headers['x-traseai-attempts']).toBe('2')
})

test('the body arrives whole at every key', async () => {
  const { url, provider } = await enter({ env })
  const long = JSON.stringify({ model: 'm', text: 'é'.repeat(300_000) })
  provider.behave(one, answerRateLimited())
  await call(url, path, { body: long })
  expect(provider.received.map((seen) => seen.body.toString())).toEqual([long, long])
})

test.each([400, 402, 403, 404, 500, 529])('a %i is returned as it came and is not tried again', async (status) => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerError(status))
  const reply = await call(url, path, { body })
  expect(reply.status).toBe(status)
  expect(reply.text).toContain(`failure ${status}`)
  expect(reply.headers['request-id']).toBe(`req_${status}`)
  expect(provider.keys()).toEqual([one])
})

test('a key that the provider refuses with 401 is not used for the next request', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerError(401))
  expect((await call(url, path, { body })).status).toBe(401)
  expect((await call(url, path, { body })).status).toBe(200)
  expect(provider.keys()).toEqual([one, two])
})

test('an error that only its message calls a rate limit goes to the next key', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerError(503, 'Too many requests'))
  expect((await call(url, path, { body })).status).toBe(200)
  expect(provider.keys()).toEqual([one, two])
})

test('when every key is limited, the client gets the last answer unchanged', async () => {
  const { url, provider } = await enter({ env })
  for (const key of [one, two, three])
    provider.behave(key, answerRateLimited({ mark: `of ${key}`, reset: 'retry-after', seconds: 9 }))
  const reply = await call(url, path, { body })
  expect(reply.status).toBe(429)
  expect(JSON.parse(reply.text)).toEqual({
    type: 'error',
    error: { type: 'rate_limit_error', message: `This request would exceed your rate limit. of ${three}` },
    request_id: 'req_429',
  })
  expect(reply.headers['retry-after']).toBe('9')
  expect(reply.headers['x-traseai-attempts']).toBe('3')
  expect(provider.keys()).toEqual([one, two, three])
})

test('a key that is cooling is not tried while another is usable', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerRateLimited({ reset: 'retry-after', seconds: 30 }))
  await call(url, path, { body })
  await call(url, path, { body })
  await call(url, path, { body })
  expect(provider.keys().filter((key) => key === one)).toHaveLength(1)
})

test('a key is used again once its reset has passed', async () => {
  const { url, provider, clock } = await enter({
    env,
    order: { anthropic: ['anthropic:ANTHROPIC_API_KEY_1', 'anthropic:ANTHROPIC_API_KEY_2'] as never },
  })
  provider.behave(one, answerRateLimited({ reset: 'retry-after', seconds: 30 }), answerOk())
  await call(url, path, { body })
  clock.advance(29_999)
  await call(url, path, { body })
  clock.advance(2)
  await call(url, path, { body })
  expect(provider.keys()).toEqual([one, two, two, one])
})

test.each<ResetForm>(['retry-after', 'retry-after-ms', 'x-ratelimit'])(
  'a reset stated as %s is kept to',
  async (reset) => {
    const { url, provider, recorded } = await enter({
      env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' },
    })
    provider.behave('sk-test-1', answerRateLimited({ reset, seconds: 77 }))
    await call(url, '/openai/v1/chat/completions')
    expect(recorded[0]).toMatchObject({ outcome: 'rate_limited', model: 'm', retryAfterMs: 77_000, status: 429 })
  },
)

test("a reset stated in Google's RetryInfo is kept to", async () => {
  const { url, provider, recorded } = await enter({ env: { GEMINI_API_KEY: 'AIza-test-1' } })
  provider.behave('AIza-test-1', answerRateLimited({ reset: 'retry-info', seconds: 77 }))
  await call(url, '/google/v1beta/models/gemini-2.5-pro:generateContent', { body: '{"contents":[]}' })
  expect(recorded[0]).toMatchObject({ outcome: 'rate_limited', model: 'gemini-2.5-pro', retryAfterMs: 77_000 })
})

test('one model that is limited does not block the others', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY: 'sk-test-1' } })
  provider.behave('sk-test-1', answerRateLimited({ seconds: 60, reset: 'retry-after' }), answerOk())
  expect((await call(url, '/openai/v1/chat/completions', { body: '{"model":"a"}' })).status).toBe(429)
  expect((await call(url, '/openai/v1/chat/completions', { body: '{"model":"b"}' })).status).toBe(200)
})

test('a limit that shows inside a stream before any content goes to the next key', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerLimitedInStream())
  const reply = await call(url, path, { body: streamBody })
  expect(provider.keys()).toEqual([one, two])
  expect(reply.text).not.toContain('rate limit')
  expect(reply.text).toContain('message_stop')
})

test('a limit that shows after content stays in the stream', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerLimitedInStream({ afterContent: true }))
  const reply = await call(url, path, { body: streamBody })
  expect(provider.keys()).toEqual([one])
  expect(reply.text).toContain('content_block_delta')
  expect(reply.text).toContain('rate_limit_error')
})

test('when every stream is limited, the client gets the last stream', async () => {
  const { url, provider } = await enter({ env })
  for (const key of [one, two, three]) provider.behave(key, answerLimitedInStream())
  const reply = await call(url, path, { body: streamBody })
  expect(reply.status).toBe(200)
  expect(reply.text).toContain('message_start')
  expect(reply.text).toContain('rate_limit_error')
  expect(reply.headers['x-traseai-attempts']).toBe('3')
})

test('money that is gone counts as a block, and the request goes to the next key', async () => {
  const { url, provider, recorded } = await enter({
    env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' },
  })
  provider.behave('sk-test-1', (_request, response) => {
    response.writeHead(429, { 'content-type': 'application/json' })
    response.end(
      '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}',
    )
  })
  expect((await call(url, '/openai/v1/chat/completions')).status).toBe(200)
  expect(recorded[0]).toMatchObject({ outcome: 'billing' })
})

test('ten minutes after a billing block one request tries the key again, while the others go to the next one', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' } })
  const asked = (): string[] => provider.received.map(({ key }) => key)
  provider.behave('sk-test-1', answerError(402))
  expect((await call(url, '/openai/v1/chat/completions')).status).toBe(402)
  room.clock.advance(600_001)

  provider.behave('sk-test-1', answerNever())
  const trial = callAndLeave(url, '/openai/v1/chat/completions')
  await provider.untilReceived(2)
  expect((await call(url, '/openai/v1/chat/completions')).status).toBe(200)
  expect(asked()).toEqual(['sk-test-1', 'sk-test-1', 'sk-test-2'])
  await trial.leave()
})

test('a session keeps the key it got', async () => {
  const { url, provider } = await enter({ env })
  provider.behave(one, answerRateLimited({ reset: 'retry-after', seconds: 1 }))
  const headers = { 'x-traseai-session': 'chat-1' }
  await call(url, path, { body, headers })
  room.clock.advance(5_000)
  await call(url, path, { body, headers })
  await call(url, path, { body, headers })
  expect(provider.keys()).toEqual([one, two, two, two])
})
