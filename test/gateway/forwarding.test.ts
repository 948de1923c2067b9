// What reaches the provider, and what comes back: everything of the message, nothing of this hop, none of the client's secrets.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { answerOk, answerRaw, answerReset, answerText } from '../support/provider-answers.ts'
import { call, open, raw, until } from './client.ts'
import { openRoom, type Room, type RoomOptions, token } from './room.ts'

let room: Room
const enter = async (options: RoomOptions = {}): Promise<Room> => (room = await openRoom({ env, ...options }))
afterEach(() => room.close())

const env = { ANTHROPIC_API_KEY: 'sk-ant-test-1', OPENAI_API_KEY: 'sk-test-1', GEMINI_API_KEY: 'AIza-test-1' }

test('path and query go behind the path of the base URL as they came', async () => {
  const { url, provider } = await enter({ basePath: '/api/' })
  await call(url, '/openai/v1/models/a%2Fb/c;d?x=%2F..&y=a+b&z')
  expect(provider.received[0]?.url).toBe('/api/v1/models/a%2Fb/c;d?x=%2F..&y=a+b&z')
})

test('each provider gets its key the way it takes it, and nothing of the client’s', async () => {
  const { url, provider } = await enter()
  const headers = {
    authorization: `Bearer ${token}`,
    'x-goog-api-key': token,
    'x-traseai-session': 's',
    'x-traseai-agent': 'a',
    'proxy-authorization': token,
  }
  await call(url, '/anthropic/v1/messages', { headers })
  await call(url, '/openai/v1/chat/completions', { headers })
  await call(url, `/google/v1beta/models/gemini:generateContent?alt=json&key=${token}&x=1`, { headers })
  const [anthropic, openai, google] = provider.received
  expect(anthropic?.headers).toMatchObject({ 'x-api-key': 'sk-ant-test-1' })
  expect(openai?.headers).toMatchObject({ authorization: 'Bearer sk-test-1' })
  expect(google?.headers).toMatchObject({ 'x-goog-api-key': 'AIza-test-1' })
  expect(google?.url).toBe('/v1beta/models/gemini:generateContent?alt=json&x=1')
  for (const { rawHeaders, url: seen } of provider.received) {
    expect(JSON.stringify(rawHeaders) + seen).not.toContain(token)
    expect(JSON.stringify(rawHeaders).toLowerCase()).not.toContain('x-traseai')
    expect(rawHeaders.filter((name) => /^(authorization|x-api-key|x-goog-api-key)$/i.test(name))).toHaveLength(1)
  }
})

test('a subscription token goes as a bearer token, with its beta flag behind those of the client', async () => {
  const { url, provider } = await enter({ env: { ANTHROPIC_API_KEY: 'sk-ant-oat01-test-1' } })
  await call(url, '/anthropic/v1/messages', { headers: { 'Anthropic-Beta': 'context-1m-2025-08-07' } })
  await call(url, '/anthropic/v1/messages')
  expect(
    provider.received.map(({ headers }) => [headers.authorization, headers['anthropic-beta'], headers['x-api-key']]),
  ).toEqual([
    ['Bearer sk-ant-oat01-test-1', 'context-1m-2025-08-07,oauth-2025-04-20', undefined],
    ['Bearer sk-ant-oat01-test-1', 'oauth-2025-04-20', undefined],
  ])
})

test('TRACE is refused, because its answer would hold the key', async () => {
  const { url, provider } = await enter()
  const { status, text } = await call(url, '/openai/v1/x', { method: 'TRACE' })
  expect([status, text]).toEqual([400, expect.stringContaining('TRACE is not forwarded')])
  expect(provider.received).toHaveLength(0)
})

test.each([204, 304])('a %i that states a length has no body and ends well', async (status) => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', (_request, { socket }) =>
    socket?.end(`HTTP/1.1 ${status} No Body\r\nContent-Length: 7\r\nETag: "a"\r\n\r\n`),
  )
  const reply = await call(url, '/openai/v1/models', { method: 'GET', headers: { 'if-none-match': '"a"' } })
  expect([reply.status, reply.headers['etag'], reply.text]).toEqual([status, '"a"', ''])
})

test('headers of this hop and those that Connection names end here, the others keep order and case', async () => {
  const { url, provider } = await enter()
  await raw(
    url,
    `POST /openai/v1/x HTTP/1.1\nHost: 127.0.0.1\nAuthorization: Bearer ${token}\nX-B: 1\nConnection: close, X-Hop\nX-Hop: 1\nTE: trailers\nKeep-Alive: 5\nx-a: é\nX-B: 2\nContent-Length: 2\n\n{}`,
  )
  const { rawHeaders, headers, body } = provider.received[0] ?? { rawHeaders: [], headers: {}, body: '' }
  const own = new Set(['host', 'connection']) // written by the connection to the provider
  expect(rawHeaders.filter((_, i) => !own.has(rawHeaders[i - (i % 2)] ?? ''))).toEqual([
    'X-B',
    '1',
    'x-a',
    'é',
    'X-B',
    '2',
    'authorization',
    'Bearer sk-test-1',
    'content-length',
    '2',
  ])
  expect(headers['content-length']).toBe('2')
  expect(headers.host).toBe(provider.url.slice('http://'.length))
  expect(String(body)).toBe('{}')
})

test('status, reason, headers and body come back as they were', async () => {
  const { url, provider } = await enter()
  const headers = [
    'Content-Type',
    'application/x-thing',
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'X-Ünï'.replaceAll(/[^\w-]/g, ''),
    'é',
    'Content-Length',
    '4',
    'Date',
    'then',
  ]
  provider.behave('sk-test-1', (_request, response) => {
    response.sendDate = false
    response.writeHead(207, 'Fine by me', headers)
    response.end(Buffer.of(0, 255, 13, 10))
  })
  const reply = await call(url, '/openai/v1/x')
  expect([reply.status, reply.reason]).toEqual([207, 'Fine by me'])
  expect(reply.rawHeaders.slice(0, headers.length)).toEqual(headers)
  expect(reply.rawHeaders.slice(headers.length, headers.length + 4)).toEqual([
    'x-traseai-profile',
    'openai:OPENAI_API_KEY',
    'x-traseai-attempts',
    '1',
  ])
  expect([...reply.body]).toEqual([0, 255, 13, 10])
})

test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('%s goes through without a body', async (method) => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', answerRaw(200, ['Content-Length', '2', 'x-own', '1'], method === 'HEAD' ? '' : 'ok'))
  const reply = await call(url, '/openai/v1/models', { method, body: '' })
  expect([reply.status, reply.headers['content-length'], reply.headers['x-own']]).toEqual([200, '2', '1'])
  expect(provider.received[0]).toMatchObject({ method, body: Buffer.alloc(0) })
})

test.each([204, 304])('an answer %i has no body', async (status) => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', answerRaw(status, ['etag', '"1"'], ''))
  const reply = await call(url, '/openai/v1/models', { method: 'GET' })
  expect([reply.status, reply.headers['etag'], reply.text]).toEqual([status, '"1"', ''])
})

test('a body sent in chunks goes on with its length', async () => {
  const { url, provider } = await enter()
  await raw(
    url,
    `POST /openai/v1/x HTTP/1.1\nHost: localhost\nx-api-key: ${token}\nTransfer-Encoding: chunked\nConnection: close\n\n3\nabc\n2\nde\n0\n\n`,
  )
  expect(provider.received[0]?.headers['content-length']).toBe('5')
  expect(provider.received[0]?.body.toString()).toBe('abcde')
})

test('model@profile pins the key and is cut out of the body', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' } })
  await call(url, '/openai/v1/chat/completions', {
    body: '{"a":[1,{"model":"x@y"}] , "model" : "gpt-5@OPENAI_API_KEY_2" ,"z":"é"}',
  })
  expect(provider.received[0]).toMatchObject({ key: 'sk-test-2' })
  expect(provider.received[0]?.body.toString()).toBe('{"a":[1,{"model":"x@y"}] , "model" : "gpt-5" ,"z":"é"}')
})

test('model@profile works in the path of Google too', async () => {
  const { url, provider } = await enter({ env: { GEMINI_API_KEY_1: 'AIza-test-1', GEMINI_API_KEY_2: 'AIza-test-2' } })
  await call(url, '/google/v1beta/models/gemini-2.5-pro@google:GEMINI_API_KEY_2:generateContent')
  expect(provider.received[0]).toMatchObject({
    key: 'AIza-test-2',
    url: '/v1beta/models/gemini-2.5-pro:generateContent',
  })
})

test('x-traseai-profile pins the key by its name or its whole id', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' } })
  await call(url, '/openai/v1/x', { headers: { 'x-traseai-profile': 'OPENAI_API_KEY_2' } })
  await call(url, '/openai/v1/x', { headers: { 'x-traseai-profile': 'openai:OPENAI_API_KEY_2' } })
  expect(provider.keys()).toEqual(['sk-test-2', 'sk-test-2'])
})

test('a client that leaves ends the request at the provider', async () => {
  const { url, provider } = await enter()
  let isGone = false
  provider.behave('sk-test-1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{')
    response.on('close', () => (isGone = true))
  })
  const response = await open(url, '/openai/v1/x')
  response.destroy()
  await until(() => isGone)
})

test('a provider that is faster than its client waits for it', async () => {
  const { url, provider } = await enter()
  const piece = Buffer.alloc(65_536, 'x')
  const pieces = 2_000
  let written = 0
  provider.behave('sk-test-1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    const fill = (): void => {
      while (written < pieces) {
        written++
        if (!response.write(piece)) return
      }
      response.end()
    }
    response.on('drain', fill)
    fill()
  })
  let bytes = 0
  let onTheWayMax = 0
  for await (const chunk of await open(url, '/openai/v1/x')) {
    bytes += (chunk as Buffer).length
    onTheWayMax = Math.max(onTheWayMax, written * piece.length - bytes)
    await nextTurn()
  }
  expect(bytes).toBe(pieces * piece.length)
  // What the system's own buffers hold, not what was sent.
  expect(onTheWayMax).toBeLessThan(bytes / 3)
})

test('an answer that breaks off breaks off for the client too', async () => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', answerReset('{"half":'))
  await expect(call(url, '/openai/v1/x')).rejects.toThrow('aborted')
})

test('a stream goes through byte for byte', async () => {
  const { url } = await enter()
  const reply = await call(url, '/openai/v1/chat/completions', { body: '{"model":"m","stream":true}' })
  expect(reply.text).toMatch(/^data: .*\n\ndata: .*"Hello "[^]*data: \[DONE\]\n\n$/)
})

test('answers in flight end before the gateway is closed', async () => {
  const { url, provider, gateway } = await enter()
  let finish: () => void = () => undefined
  provider.behave('sk-test-1', (request, response) => (finish = () => answerOk()(request, response)))
  const reply = call(url, '/openai/v1/x')
  await provider.untilReceived(1)
  const closed = gateway.close()
  finish()
  expect((await reply).text).toContain(answerText)
  await closed
  await expect(call(url, '/healthz')).rejects.toThrow('ECONNREFUSED')
})

test('an answer that takes longer than gateway.drainMs is cut when the gateway closes', async () => {
  const { url, provider, gateway, clock } = await enter({ settings: { drainMs: 10_000 } })
  provider.behave('sk-test-1', () => undefined)
  const reply = call(url, '/openai/v1/x')
  await provider.untilReceived(1)
  const closed = gateway.close()
  clock.advance(10_000)
  await expect(reply).rejects.toThrow('socket hang up')
  await closed
})
