// The record that each finished request leaves: who asked for what, how it ended, and the tokens of every dialect, passed on untouched.
import { createGzip, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { UsageRecord } from '../../src/gateway/usage/record.ts'
import { answerError, answerNever, answerRateLimited, answerRaw } from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { readMetrics } from '../support/prometheus.ts'
import { call, callAndLeave, type Call, until } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

let room: Room
const enter = async (options: RoomOptions = {}): Promise<Room> =>
  (room = await openRoom({
    env: {
      ANTHROPIC_API_KEY_1: 'sk-ant-test-1',
      ANTHROPIC_API_KEY_2: 'sk-ant-test-2',
      OPENAI_API_KEY: 'sk-test-openai',
      GEMINI_API_KEY: 'test-google',
    },
    ...options,
  }))
afterEach(() => room.close())

/** The record of one call, and what the client got. */
async function recordOf(path: string, options?: Call): Promise<{ record: UsageRecord; text: string; body: Buffer }> {
  const before = room.ended.length
  const { text, body } = await call(room.url, path, options)
  await until(() => room.ended.length > before)
  return { record: room.ended[before] as UsageRecord, text, body }
}

const messages = '/anthropic/v1/messages'
const json = ['content-type', 'application/json']
const eventStream = ['content-type', 'text/event-stream']
const events = (...data: readonly object[]): string => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')

describe('a record', () => {
  test('says who asked whom for what, and how it went', async () => {
    await enter()
    const headers = { 'x-traseai-agent': 'coder', 'x-traseai-session': 'chat-1' }
    const { record } = await recordOf(messages, { headers, body: '{"model":"claude-x"}' })
    expect(record).toMatchObject({
      provider: 'anthropic',
      model: 'claude-x',
      profileId: 'anthropic:ANTHROPIC_API_KEY_1',
      agent: 'coder',
      session: 'chat-1',
      client: 'test',
      operation: 'chat',
      status: 200,
      outcome: 'ok',
      attempts: 1,
      waitedMs: 0,
    })
    expect(record.ttftMs).toBeGreaterThanOrEqual(0)
    expect(record.durationMs).toBeGreaterThanOrEqual(record.ttftMs ?? 0)
  })

  test('counts the attempts, and names the credential of the last one', async () => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', answerRateLimited())
    const { record } = await recordOf(messages)
    expect(record).toMatchObject({ attempts: 2, profileId: 'anthropic:ANTHROPIC_API_KEY_2', outcome: 'ok' })
  })

  test.each<[string, Behaviour, Partial<UsageRecord>]>([
    ['a limit everywhere', answerRateLimited(), { outcome: 'rate_limited', status: 429, attempts: 2, ttftMs: null }],
    [
      'an error',
      answerError(500),
      { outcome: 'provider_error', code: null, status: 500, attempts: 1, tokens: null, ttftMs: null },
    ],
    [
      'a broken connection',
      (_request, response) => response.destroy(),
      { outcome: 'failed', code: 'upstream_unreachable', status: 502, attempts: 1 },
    ],
  ])('of %s', async (_name, behaviour, expected) => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', behaviour)
    provider.behave('sk-ant-test-2', behaviour)
    const { record } = await recordOf(messages)
    expect(record).toMatchObject(expected)
  })

  test('of what is refused has what is known of it', async () => {
    await enter({ env: {} })
    expect((await recordOf(messages, { token: 'trase-wrong' })).record).toMatchObject({
      outcome: 'refused',
      status: 401,
      client: null,
    })
    expect((await recordOf('/nobody/v1')).record).toMatchObject({
      outcome: 'refused',
      status: 404,
      provider: null,
      client: 'test',
    })
    expect((await recordOf(messages)).record).toMatchObject({
      outcome: 'refused',
      status: 503,
      attempts: 0,
      profileId: null,
    })
  })

  test.each([
    ['an overload', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'provider_error'],
    ['a limit', { error: { type: 'rate_limit_error', message: 'This would exceed your rate limit.' } }, 'rate_limited'],
    [
      'words about an error',
      { type: 'content_block_delta', delta: { type: 'text_delta', text: '{"error":{}}' } },
      'ok',
    ],
  ])('of a stream that ends in %s after its content', async (_name, last, outcome) => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', (_request, response) => {
      response.writeHead(200, eventStream)
      const content = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(9_000) } }
      response.write(events(content))
      setImmediate(() => response.end(events(last)))
    })
    const { record } = await recordOf(messages, { body: '{"model":"m","stream":true}' })
    expect(record).toMatchObject({ outcome, status: 200 })
    // The key rests, though this client had its content already.
    const [cooldown] = Object.values(room.state().credentials['anthropic:ANTHROPIC_API_KEY_1']?.cooldowns ?? {})
    expect(cooldown?.model).toBe(outcome === 'rate_limited' ? 'm' : undefined)
  })

  test('of an answer that broke off says so, and not that the client left', async () => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', (_request, response) => {
      response.writeHead(200, eventStream)
      response.write(events({ type: 'ping' }), () => response.destroy())
    })
    await call(room.url, messages).catch(() => undefined)
    await until(() => room.ended.length > 0)
    expect(room.ended[0]).toMatchObject({ outcome: 'failed', status: 200, ttftMs: null })
  })

  test('of a request that was refused says why', async () => {
    await enter()
    const { record } = await recordOf(messages, { headers: { 'x-traseai-profile': 'anthropic:nobody' } })
    expect(record).toMatchObject({ outcome: 'refused', code: 'not_found', status: 404 })
  })

  test('of a client that left in the middle of an answer', async () => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', (_request, response) => {
      response.writeHead(200, eventStream)
      response.write(events({ type: 'ping' }))
    })
    const client = callAndLeave(room.url, messages)
    await provider.untilReceived(1)
    await client.leave()
    await until(() => room.ended.length > 0)
    expect(room.ended[0]).toMatchObject({ outcome: 'client_left' })
  })

  test('of a client that left', async () => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', answerNever())
    const client = callAndLeave(room.url, messages)
    await provider.untilReceived(1)
    await client.leave()
    await until(() => room.ended.length > 0)
    expect(room.ended[0]).toMatchObject({ outcome: 'client_left', status: 0, attempts: 1, tokens: null, ttftMs: null })
  })
})

describe('the tokens', () => {
  const answers: readonly [string, string, string, string, Buffer | string, readonly string[], object][] = [
    [
      "of Anthropic's stream",
      messages,
      'sk-ant-test-1',
      '{"model":"m","stream":true}',
      events(
        {
          type: 'message_start',
          message: { usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } },
        },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: '"usage":{"output_tokens":666}' } },
        { type: 'message_delta', delta: {}, usage: { output_tokens: 30 } },
        { type: 'message_stop' },
      ),
      eventStream,
      { input: 100, output: 30, cachedInput: 90 },
    ],
    [
      "of OpenAI's stream",
      '/openai/v1/chat/completions',
      'sk-test-openai',
      '{"model":"m","stream":true}',
      `${events({ choices: [{ delta: { content: 'x' } }], usage: null }, { choices: [], usage: { prompt_tokens: 7, completion_tokens: 8 } })}data: [DONE]\n\n`,
      eventStream,
      { input: 7, output: 8 },
    ],
    [
      'of embeddings',
      '/openai/v1/embeddings',
      'sk-test-openai',
      '{"model":"m"}',
      JSON.stringify({ data: [{ embedding: Array.from({ length: 20_000 }, () => 0.1) }], usage: { prompt_tokens: 4 } }),
      json,
      { input: 4, output: 0 },
    ],
    [
      "of Google's stream",
      '/google/v1beta/models/gemini-x:streamGenerateContent?alt=sse',
      'test-google',
      '{}',
      events(
        { candidates: [{ content: { parts: [{ text: 'x' }] } }], usageMetadata: { promptTokenCount: 5 } },
        { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 6, thoughtsTokenCount: 2 } },
      ),
      eventStream,
      { input: 5, output: 8, reasoning: 2 },
    ],
    [
      'of a compressed answer',
      '/openai/v1/responses',
      'sk-test-openai',
      '{"model":"m"}',
      gzipSync(JSON.stringify({ output: [], usage: { input_tokens: 11, output_tokens: 12 } })),
      [...json, 'content-encoding', 'gzip'],
      { input: 11, output: 12 },
    ],
  ]

  test.each(answers)('%s are counted', async (_name, path, key, body, answer, headers, tokens) => {
    const { provider } = await enter()
    provider.behave(key, answerRaw(200, headers, answer))
    const reply = await recordOf(path, { body })
    expect(reply.record).toMatchObject({ outcome: 'ok', tokens })
    expect(reply.body).toEqual(Buffer.from(answer))
  })

  test('of a stream that is compressed as it is made are counted', async () => {
    const { provider } = await enter()
    provider.behave('sk-test-openai', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      for (let i = 0; i < 200; i++) gzip.write(events({ choices: [{ delta: { content: `word ${i}` } }] }))
      gzip.end(events({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 200 } }))
    })
    const { record } = await recordOf('/openai/v1/chat/completions', { body: '{"model":"m","stream":true}' })
    expect(record.tokens).toEqual({ input: 1, output: 200 })
  })

  test('that were told before a stream broke off are counted', async () => {
    const { provider } = await enter()
    provider.behave('sk-ant-test-1', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const start = { type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1 } } }
      response.write(events(start, { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } }), () =>
        response.destroy(),
      )
    })
    await call(room.url, messages, { body: '{"model":"m","stream":true}' }).catch(() => undefined)
    await until(() => room.ended.length > 0)
    expect(room.ended[0]).toMatchObject({ status: 200, outcome: 'failed', tokens: { input: 10, output: 1 } })
  })

  test('of a hundred answers at a time are each their own', async () => {
    const { provider } = await enter()
    provider.behave('sk-test-openai', (request, response) => {
      const count = Number(/"n":(\d+)/.exec(request.body.toString())?.[1])
      response.writeHead(200, json)
      response.end(JSON.stringify({ choices: [], usage: { prompt_tokens: count, completion_tokens: count * 2 } }))
    })
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        call(room.url, '/openai/v1/chat/completions', { body: `{"model":"m","n":${n}}` }),
      ),
    )
    await until(() => room.ended.length === 100)
    expect(room.ended.map(({ tokens }) => tokens?.input).toSorted((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    )
    expect(room.ended.every(({ tokens }) => tokens?.output === (tokens?.input ?? 0) * 2)).toBe(true)
  })
})

test('/metrics is a page that Prometheus reads, and needs a token', async () => {
  const { provider, url } = await enter()
  provider.behave('sk-ant-test-1', answerRateLimited())
  await recordOf(messages, { body: '{"model":"claude-\\"x\\\\"}' })
  const page = await call(url, '/metrics', { method: 'GET' })
  expect(page.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const families = readMetrics(page.text)
  const duration = families.get('gen_ai_client_operation_duration_seconds')?.samples.at(-1)
  expect(duration).toMatchObject({ labels: { gen_ai_request_model: 'claude-"x\\' }, value: 1 })
  expect(families.get('traseai_http_switches_total')?.samples).toMatchObject([{ value: 1 }])
  expect(families.get('traseai_http_requests_in_flight')?.samples).toMatchObject([{ value: 0 }])
  expect((await call(url, '/metrics', { method: 'GET', token: null })).status).toBe(401)
})
