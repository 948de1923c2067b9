// Nothing reaches the client before the choice of key is final; after that every byte goes through as it came.
import * as zlib from 'node:zlib'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { answerRateLimited, answerRaw, streamContent, streamHead } from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { call, open, until } from './client.ts'
import { openRoom, type Room, type RoomOptions } from './room.ts'

const { brotliCompressSync, createGzip, deflateSync, gunzipSync, gzipSync } = zlib
/** From Node 22.15 on. */
const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (text: string) => Buffer }
const zstd = zstdCompressSync ? ([['zstd', zstdCompressSync]] as const) : []

let room: Room
const enter = async (options: RoomOptions = {}): Promise<Room> =>
  (room = await openRoom({
    env: { ANTHROPIC_API_KEY_1: 'sk-ant-test-1', ANTHROPIC_API_KEY_2: 'sk-ant-test-2' },
    ...options,
  }))
afterEach(() => room.close())

const path = '/anthropic/v1/messages'
const body = '{"model":"m","stream":true}'
const head = streamHead({ dialect: 'anthropic' })
const content = streamContent({ dialect: 'anthropic' })

/** A stream in the test's hand. */
function stream(encoding = 'identity'): { behaviour: Behaviour; started: Promise<ServerResponse> } {
  let start: (response: ServerResponse) => void
  const started = new Promise<ServerResponse>((resolve) => (start = resolve))
  const behaviour: Behaviour = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })
    response.flushHeaders()
    start(response)
  }
  return { behaviour, started }
}

test('a stream begins for the client with its first content', async () => {
  const { url, provider } = await enter()
  const { behaviour, started } = stream()
  provider.behave('sk-ant-test-1', behaviour)
  let arrived = false
  const reply = open(url, path, { body }).then((response) => {
    arrived = true
    return response
  })
  const upstream = await started
  for (const event of head) upstream.write(event)
  await call(url, '/healthz', { method: 'GET' })
  expect(arrived).toBe(false)
  upstream.write(content[0])
  const response = await reply
  let text = ''
  response.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until(() => text === head.join('') + content[0])
  upstream.end()
})

test('a stream that stays silent is passed on after two seconds', async () => {
  const { url, provider, clock } = await enter()
  const { behaviour, started } = stream()
  provider.behave('sk-ant-test-1', behaviour)
  const reply = open(url, path, { body })
  const upstream = await started
  upstream.write(head[0])
  await until(() => clock.pending() > 0)
  clock.advance(2_000)
  const response = await reply
  expect(response.statusCode).toBe(200)
  upstream.end()
})

test('events cut in the middle of a character and of a line break are read right', async () => {
  const { url, provider } = await enter()
  const event = Buffer.from(
    'event: error\r\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"é"}}\r\n\r\n',
  )
  const { behaviour, started } = stream()
  provider.behave('sk-ant-test-1', behaviour)
  const reply = call(url, path, { body })
  const upstream = await started
  upstream.socket?.setNoDelay(true)
  for (const byte of event) {
    upstream.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  upstream.end()
  expect((await reply).text).toContain('message_stop')
  expect(provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
})

test('a stream in an unknown coding is passed on at once', async () => {
  const { url, provider } = await enter()
  const { behaviour, started } = stream('secret')
  provider.behave('sk-ant-test-1', behaviour)
  const reply = open(url, path, { body })
  const upstream = await started
  upstream.write('###')
  expect((await reply).headers['content-encoding']).toBe('secret')
  upstream.end()
})

test('a compressed refusal is understood, and passed on compressed', async () => {
  const { url, provider } = await enter()
  const bytes = gzipSync('{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}')
  const limited = answerRaw(400, ['content-type', 'application/json', 'content-encoding', 'gzip'], bytes)
  provider.behave('sk-ant-test-1', limited)
  provider.behave('sk-ant-test-2', limited)
  const reply = await call(url, path, { body })
  expect(provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
  expect(reply.status).toBe(400)
  expect(reply.body).toEqual(bytes)
})

test('an error body larger than what is looked at arrives whole', async () => {
  const { url, provider } = await enter()
  const long = Buffer.alloc(3_000_000, 'x')
  provider.behave('sk-ant-test-1', answerRaw(500, ['content-type', 'text/plain'], long))
  const reply = await call(url, path, { body })
  expect(reply.status).toBe(500)
  expect(reply.body.equals(long)).toBe(true)
})

test('a large refusal of the last key arrives whole', async () => {
  const { url, provider } = await enter({ env: { ANTHROPIC_API_KEY: 'sk-ant-test-1' } })
  const long = Buffer.alloc(1_000_000, 'x')
  provider.behave('sk-ant-test-1', answerRaw(429, ['content-length', String(long.length)], long))
  const reply = await call(url, path, { body })
  expect(reply.status).toBe(429)
  expect(reply.body.equals(long)).toBe(true)
})

test('a refusal that does not end is cut when the next key takes over', async () => {
  const { url, provider } = await enter()
  let isCut = false
  provider.behave('sk-ant-test-1', (_request, response) => {
    response.writeHead(429, { 'content-type': 'application/json' })
    response.write('x'.repeat(400_000))
    response.on('close', () => (isCut = true))
  })
  expect((await call(url, path, { body: '{"model":"m"}' })).status).toBe(200)
  await until(() => isCut)
})

test('a stream that an answer 429 precedes is not held twice', async () => {
  const { url, provider } = await enter()
  provider.behave('sk-ant-test-1', answerRateLimited())
  const reply = await call(url, path, { body })
  expect(reply.text).toBe([...head, ...content].join(''))
})

test.each([['gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync], ...zstd] as const)(
  'a limit inside a stream compressed with %s goes to the next key',
  async (encoding, compress) => {
    const { url, provider } = await enter()
    const limit = 'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}\n\n'
    const headers = ['content-type', 'text/event-stream', 'content-encoding', encoding]
    provider.behave('sk-ant-test-1', answerRaw(200, headers, compress(head.join('') + limit)))
    expect((await call(url, path, { body })).text).toContain('message_stop')
    expect(provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
  },
)

test('a compressed stream begins with its first content, before it is complete', async () => {
  const { url, provider } = await enter()
  const gzip = createGzip()
  provider.behave('sk-ant-test-1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    gzip.pipe(response)
    gzip.write(head.join('') + (content[0] ?? ''))
    gzip.flush()
  })
  const response = await open(url, path, { body })
  expect(response.statusCode).toBe(200)
  gzip.end(content.slice(1).join(''))
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe([...head, ...content].join(''))
})

test.each([
  ['an answer that is no event stream', 'application/json', '{'],
  ['an event stream that begins with content', 'text/event-stream', content[0] ?? ''],
])('%s begins for the client at once', async (_name, type, first) => {
  const { url, provider } = await enter()
  provider.behave('sk-ant-test-1', (_request, response) => {
    response.writeHead(200, { 'content-type': type })
    response.write(first)
  })
  const response = await open(url, path, { body })
  const [chunk] = (await once(response, 'data')) as [Buffer]
  expect(chunk.toString()).toBe(first)
  response.destroy()
})
