// What passes through the whole gateway on its connections to providers: trailers, informational answers, long bodies, proxies.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { call, open, until } from './client.ts'
import { openRoom, type Room, type RoomOptions, token } from './room.ts'
import { answer, openRawProvider } from './upstream-client.ts'

let room: Room
const enter = async (options: RoomOptions = {}): Promise<Room> =>
  (room = await openRoom({ env: { OPENAI_API_KEY: 'sk-test-1' }, ...options }))
afterEach(() => room.close())
const { upstream } = defaultConfiguration().gateway

test('trailers of an answer come behind it, those that may not be there do not', async () => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', (_request, response) => {
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '42', 'set-cookie': 'a=1' })
    response.end()
  })
  const response = await open(url, '/openai/v1/x')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  expect([text, response.trailers]).toEqual(['body', { 'x-sum': '42' }])
})

test('an informational answer that nobody asked for is passed over', async () => {
  const raw = await openRawProvider((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${answer('ok')}`))
  const { url } = await enter({ baseUrls: { openai: raw.url } })
  expect(await call(url, '/openai/v1/x')).toMatchObject({ status: 200, text: 'ok' })
})

test('an answer with two readings is a 502 that says what is wrong with it', async () => {
  const raw = await openRawProvider((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok'),
  )
  const { url } = await enter({ baseUrls: { openai: raw.url } })
  const { status, text } = await call(url, '/openai/v1/x')
  expect([status, text]).toEqual([502, expect.stringContaining('it states two lengths (UPSTREAM_BAD_ANSWER)')])
})

test('a provider is reached through the proxy of the settings', async () => {
  const proxy = await openRawProvider((socket) => socket.write(answer('by proxy')))
  const { url } = await enter({
    baseUrls: { openai: 'http://api.example.com/api' },
    settings: { upstream: { ...upstream, proxy: proxy.url } },
  })
  expect(await call(url, '/openai/v1/x')).toMatchObject({ status: 200, text: 'by proxy' })
  expect(proxy.text()).toContain('POST http://api.example.com/api/v1/x HTTP/1.1\r\nhost: api.example.com\r\n')
})

test('a provider that says nothing in time is a 504', async () => {
  const { url, provider } = await enter({ settings: { upstream: { ...upstream, headersMs: 40 } } })
  provider.behave('sk-test-1', () => undefined)
  const { status, text } = await call(url, '/openai/v1/x')
  expect([status, text]).toEqual([504, expect.stringContaining('upstream_timeout')])
})

test('a long body flows to its provider while it comes, and its refusal comes before its end', async () => {
  const raw = await openRawProvider((socket, all) => {
    if (all.includes('refuse')) socket.write('HTTP/1.1 429 Too Many\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\nno')
  })
  const { url } = await enter({ settings: { bodyBytesMax: 4_096 }, baseUrls: { openai: raw.url } })
  const request = httpRequest(`${url}/openai/v1/x`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-length': '50000000' },
  })
  request.on('error', () => undefined) // the connection may be closed behind the answer
  request.write(Buffer.alloc(10_000, 'a'))
  await until(() => raw.text().length > 9_000)
  request.write('refuse')
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect([response.statusCode, response.headers['x-traseai-attempts']]).toEqual([429, '1'])
  request.destroy()
})
