// What the gateway itself refuses: in the provider's own error shape, with a code of ours and what to do about it.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { gatewayErrors } from '../../src/gateway/gateway-errors.ts'
import { answerReset, answerRateLimited } from '../support/provider-answers.ts'
import { call, raw } from './client.ts'
import { openRoom, type Room, type RoomOptions, setOrder, token } from './room.ts'

let room: Room | undefined
const enter = async (options: RoomOptions = {}): Promise<Room> => (room = await openRoom({ env, ...options }))
afterEach(async () => {
  await room?.close()
  room = undefined
})

const env = { ANTHROPIC_API_KEY: 'sk-ant-test-1', OPENAI_API_KEY: 'sk-test-1', GEMINI_API_KEY: 'AIza-test-1' }
const paths = {
  anthropic: '/anthropic/v1/messages',
  openai: '/openai/v1/chat/completions',
  google: '/google/v1beta/models/m:generateContent',
}
const codeOf = (text: string): string =>
  (JSON.parse(text) as { error: { traseai: { code: string } } }).error.traseai.code

test('without a token the answer is 401 in the shape of each provider', async () => {
  const { url, provider } = await enter()
  const [anthropic, openai, google] = await Promise.all(
    Object.values(paths).map((path) => call(url, path, { token: null })),
  )
  expect([anthropic?.status, openai?.status, google?.status]).toEqual([401, 401, 401])
  const hint = 'issue one with: traseai clients issue NAME, and use it as the API key'
  const message = `traseai: no gateway token was sent (${hint})`
  const traseai = { code: 'unauthorized_client', hint }
  expect(JSON.parse(anthropic?.text ?? '')).toEqual({
    type: 'error',
    error: { type: 'authentication_error', message, traseai },
  })
  expect(JSON.parse(openai?.text ?? '')).toEqual({
    error: { message, type: 'authentication_error', param: null, code: 'unauthorized_client', traseai },
  })
  expect(JSON.parse(google?.text ?? '')).toEqual({
    error: { code: 401, message, status: 'UNAUTHENTICATED', details: [], traseai },
  })
  expect(provider.received).toHaveLength(0)
})

test.each([
  { authorization: `Bearer ${token}` },
  { authorization: `bearer  ${token}` },
  { 'x-api-key': token },
  { 'x-goog-api-key': token },
])('a token is taken from %j', async (headers) => {
  const { url } = await enter()
  expect((await call(url, paths.openai, { token: null, headers })).status).toBe(200)
})

test('a token is taken from Google’s key parameter', async () => {
  const { url } = await enter()
  expect((await call(url, `${paths.google}?key=${token}`, { token: null })).status).toBe(200)
  expect((await call(url, `${paths.openai}?key=${token}`, { token: null })).status).toBe(401)
})

test('a key of the client beside the token does no harm', async () => {
  const { url } = await enter()
  expect(
    (await call(url, paths.openai, { token: 'sk-own-test', headers: { authorization: `Bearer ${token}` } })).status,
  ).toBe(200)
})

test.each(['', 'x'.repeat(2_000), 'Bearer', `${token} `.repeat(2)])('a wrong token %j is refused', async (wrong) => {
  const { url } = await enter()
  const reply = await call(url, paths.openai, { token: wrong })
  expect([reply.status, codeOf(reply.text)]).toEqual([401, 'unauthorized_client'])
})

test('a mistyped provider gets a suggestion', async () => {
  const { url } = await enter()
  const reply = await call(url, '/antropic/v1/messages')
  expect(reply.status).toBe(404)
  expect(codeOf(reply.text)).toBe('unknown_provider')
  expect(reply.text).toContain('did you mean /anthropic/?')
})

test('a provider without a key says which variable to set', async () => {
  const { url } = await enter()
  const reply = await call(url, '/groq/v1/chat/completions')
  expect([reply.status, codeOf(reply.text), reply.headers['x-should-retry']]).toEqual([503, 'no_credentials', 'false'])
  expect(reply.text).toContain('traseai env set GROQ_API_KEY')
})

test('a provider whose keys cannot be used says why for each', async () => {
  const { url, provider } = await enter()
  provider.behave('sk-test-1', (_request, response) => void response.writeHead(401).end())
  await call(url, paths.openai)
  const reply = await call(url, paths.openai)
  expect([reply.status, codeOf(reply.text)]).toEqual([503, 'no_credentials'])
  expect(reply.text).toContain('openai:OPENAI_API_KEY (disabled: ')
  expect(reply.text).toContain('traseai models auth explain --provider openai')
})

test('an order that lists no usable key says so', async () => {
  const { url } = await enter()
  setOrder(room as Room, 'main', 'openai', ['openai:OPENAI_API_KEY'])
  expect((await call(url, paths.openai)).status).toBe(200)
})

test.each(['nobody', 'anthropic:ANTHROPIC_API_KEY', '../x'])('an unknown credential %s is not found', async (name) => {
  const { url } = await enter()
  const reply = await call(url, paths.openai, { headers: { 'x-traseai-profile': name } })
  expect([reply.status, codeOf(reply.text)]).toEqual([404, 'not_found'])
})

test('a pinned key that is limited is not left for another', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' } })
  provider.behave('sk-test-1', answerRateLimited())
  const reply = await call(url, paths.openai, { headers: { 'x-traseai-profile': 'OPENAI_API_KEY_1' } })
  expect(reply.status).toBe(429)
  expect(provider.keys()).toEqual(['sk-test-1'])
})

test.each(['x-traseai-agent', 'x-traseai-session'])('a senseless %s is refused', async (name) => {
  const { url } = await enter()
  const reply = await call(url, paths.openai, { headers: { [name]: 'a b' } })
  expect([reply.status, codeOf(reply.text)]).toEqual([400, 'bad_request'])
})

test.each([
  ['localhost:7717', 200],
  ['LOCALHOST', 200],
  ['127.3.2.1', 200],
  ['[::1]:80', 200],
  ['models.lan:7717', 200],
  ['example.com', 403],
  ['127.0.0.1.example.com', 403],
  ['localhost.example.com', 403],
  ['user@localhost', 403],
])('a request for the Host %s gets %i', async (host, status) => {
  const { url } = await enter({ settings: { allowedHosts: ['Models.lan'] } })
  expect((await call(url, paths.openai, { headers: { host } })).status).toBe(status)
  expect((await call(url, '/healthz', { method: 'GET', headers: { host } })).status).toBe(status)
})

test.each([
  [{ origin: 'https://example.com' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'http://localhost:1' }, 403],
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-origin' }, 200],
])('a browser’s request with %j gets %i', async (headers, status) => {
  const { url } = await enter()
  const reply = await call(url, paths.openai, { headers })
  expect(reply.status).toBe(status)
  expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

test('the gateway’s own origin is let in, and a preflight of another gets no permission', async () => {
  const { url } = await enter()
  expect((await call(url, paths.openai, { headers: { origin: url } })).status).toBe(200)
  const preflight = await call(url, paths.openai, {
    method: 'OPTIONS',
    token: null,
    body: '',
    headers: { origin: 'https://example.com', 'access-control-request-method': 'POST' },
  })
  expect(preflight.status).toBe(403)
  expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

test('a provider that cannot be reached is a 502 that names the address', async () => {
  const { url } = await enter({ baseUrls: { openai: 'http://127.0.0.1:1' } })
  const reply = await call(url, paths.openai)
  expect([reply.status, codeOf(reply.text)]).toEqual([502, 'upstream_unreachable'])
  expect(reply.text).toContain('http://127.0.0.1:1 cannot be reached: connection refused (ECONNREFUSED)')
  expect(reply.headers['x-traseai-attempts']).toBe('1')
})

test('a connection that is lost before an answer is a 502, and the request is not sent again', async () => {
  const { url, provider } = await enter({ env: { OPENAI_API_KEY_1: 'sk-test-1', OPENAI_API_KEY_2: 'sk-test-2' } })
  provider.behave('sk-test-1', answerReset())
  const reply = await call(url, paths.openai)
  expect([reply.status, codeOf(reply.text)]).toEqual([502, 'upstream_unreachable'])
  expect(provider.received).toHaveLength(1)
})

test('a WebSocket is refused in words', async () => {
  const { url } = await enter()
  const reply = await call(url, '/openai/v1/realtime', {
    method: 'GET',
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
  })
  expect([reply.status, codeOf(reply.text)]).toEqual([501, 'upgrade_unsupported'])
})

test('an offer of HTTP/2 is passed over', async () => {
  const { url } = await enter()
  expect(
    (
      await call(url, paths.openai, {
        headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' },
      })
    ).status,
  ).toBe(200)
})

test.each([
  'GET http://example.com/openai/v1 HTTP/1.1',
  'GET /openai/../anthropic/v1 HTTP/1.1',
  'GET /openai/%2e%2e/x HTTP/1.1',
  'OPTIONS * HTTP/1.1',
])('the target of "%s" is refused', async (line) => {
  const { url, provider } = await enter()
  const answer = await raw(url, `${line}\nHost: localhost\nx-api-key: ${token}\nConnection: close\n\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(provider.received).toHaveLength(0)
})

test('a body in a coding that would lose its name is refused', async () => {
  const { url, provider } = await enter()
  const head = `POST ${paths.openai} HTTP/1.1\nHost: localhost\nx-api-key: ${token}\nConnection: close\n`
  const answer = await raw(url, `${head}Transfer-Encoding: gzip, chunked\n\n0\n\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toContain('bad_request')
  expect(provider.received).toHaveLength(0)
})

test.each([
  'Content-Length: 2\nContent-Length: 3\n\n{}x',
  'Content-Length: 2\nTransfer-Encoding: chunked\n\n0\n\n',
  'Transfer-Encoding: chunked, identity\n\n0\n\n',
  'Content-Length: +2\n\n{}',
])('a message with two readings is refused: %j', async (rest) => {
  const { url, provider } = await enter()
  const answer = await raw(
    url,
    `POST /openai/v1/x HTTP/1.1\nHost: localhost\nx-api-key: ${token}\nConnection: close\n${rest}`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(provider.received).toHaveLength(0)
})

test('/healthz and /readyz need no token, /metrics does', async () => {
  const { url } = await enter()
  await call(url, paths.openai)
  const get = { method: 'GET', token: null }
  expect((await call(url, '/healthz', get)).text).toBe('{"status":"ok"}\n')
  expect((await call(url, '/readyz', get)).text).toBe('{"status":"ready"}\n')
  expect((await call(url, '/metrics', get)).status).toBe(401)
  const { text } = await call(url, '/metrics', { method: 'GET' })
  expect(text).toContain('traseai_http_requests_total{provider="openai",outcome="ok"} 1\n')
  expect(text).toContain(
    'traseai_http_attempts_total{provider="openai",profile="openai:OPENAI_API_KEY",result="ok"} 1\n',
  )
  expect(text).toContain('traseai_http_request_duration_seconds_count{provider="openai"} 1\n')
})

test('a port in use is named, with the program that has it', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const failure = await openRoom({ settings: { port } }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(TraseError)
  expect(failure).toMatchObject({ code: 'address_in_use' })
  const who = process.platform === 'linux' ? `.+ \\(pid ${process.pid}\\)` : 'another program'
  expect(String(failure)).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is in use by ${who}`))
  other.close()
})

test('no refusal or log line shows a key or a token', async () => {
  const { url, log } = await enter({ baseUrls: { openai: 'http://127.0.0.1:1' } })
  const replies = await Promise.all([
    call(url, paths.openai),
    call(url, '/x/y'),
    call(url, paths.openai, { token: `${token}x` }),
  ])
  for (const text of [...replies.map((reply) => reply.text), ...log]) expect(text).not.toMatch(/trase-test-|sk-test-/)
  expect(Object.keys(gatewayErrors)).toContain('upstream_unreachable')
})
