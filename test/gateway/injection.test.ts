// What a client writes into headers, paths and model names stays what it is: it never becomes a header, another path or another credential.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerRaw, answerText } from '../support/provider-answers.ts'
import { head, openRawHttp } from '../support/raw-http.ts'
import { call } from './client.ts'
import { openRoom, type Room, token } from './room.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom({
    env: { OPENAI_API_KEY: 'sk-test-1', GEMINI_API_KEY: 'AIza-test-1', ANTHROPIC_API_KEY: 'sk-ant-test-1' },
  })
})
afterAll(() => room.close())

let before = 0
beforeEach(() => (before = room.provider.received.length))
const sent = () => room.provider.received.slice(before)

describe('a Connection header', () => {
  test.each([
    'authorization',
    'x-api-key, x-goog-api-key',
    'close, host, content-length',
    'x-traseai-profile',
    'content-type, , "x", =, te',
    'keep-alive, transfer-encoding',
  ])('that names %s takes away nothing but what the client itself has sent', async (named) => {
    const reply = await call(room.url, '/openai/v1/x', {
      headers: { connection: named, authorization: 'Bearer sk-own', 'x-traseai-profile': 'OPENAI_API_KEY' },
    })
    expect(reply.status).toBe(200)
    expect(reply.headers['x-traseai-profile']).toBe('openai:OPENAI_API_KEY')
    const [received] = sent()
    expect(received?.headers['authorization']).toBe('Bearer sk-test-1')
    expect(received?.headers['x-api-key']).toBeUndefined()
    expect(received?.headers['connection']).not.toContain(named)
    expect(received?.body.toString()).toBe('{"model":"m"}')
  })

  test('of the provider takes away nothing of the gateway’s own', async () => {
    room.provider.behave(
      'sk-ant-test-1',
      answerRaw(200, ['connection', 'x-traseai-profile, x-a', 'x-a', 'b', 'x-traseai-attempts', '9'], 'ok'),
    )
    const reply = await call(room.url, '/anthropic/v1/messages')
    expect(reply.headers).toMatchObject({
      'x-traseai-profile': 'anthropic:ANTHROPIC_API_KEY',
      'x-traseai-attempts': '1',
    })
    expect(reply.headers['x-a']).toBeUndefined()
  })
})

describe('a header of ours with something else in it', () => {
  const names = ['x-traseai-profile', 'x-traseai-agent', 'x-traseai-session']
  const values = [
    'a\tb: c',
    '\u00e4\u00f6',
    '%0d%0ax-a: b',
    '../../x',
    'a'.repeat(10_000),
    '{"a":1}',
    'openai:OPENAI_API_KEY\u00a0',
    '',
  ]
  test.each(names.flatMap((name) => values.map((value) => [name, value] as const)))('%s: %j', async (name, value) => {
    const client = await openRawHttp(room.url)
    client.send(
      head(
        'GET /openai/v1/x HTTP/1.1',
        'Host: localhost',
        `x-api-key: ${token}`,
        'Connection: close',
        `${name}: ${value}`,
      ),
    )
    const answer = await client.ended()
    expect(answer).toMatch(/^HTTP\/1\.1 (?:200|400|404) /)
    expect(answer.slice(0, answer.indexOf('\r\n\r\n'))).not.toMatch(/^x-a:/im)
    for (const { rawHeaders } of sent()) expect(rawHeaders.join('\n')).not.toContain('x-traseai')
  })
})

describe('a model’s name', () => {
  test.each(['a\r\nx-a: b', 'a\u0000b', '../../v1/files', 'ä@OPENAI_API_KEY\r\n', 'x'.repeat(100_000)])(
    '%j stays in the body',
    async (model) => {
      const reply = await call(room.url, '/openai/v1/chat/completions', { body: JSON.stringify({ model }) })
      expect(reply.text).toContain(answerText)
      const [received] = sent()
      expect(received?.url).toBe('/v1/chat/completions')
      expect(received?.headers['x-a']).toBeUndefined()
      expect(JSON.parse(received?.body.toString() ?? '')).toEqual({ model })
    },
  )

  test.each([
    '/google/v1beta/models/..@GEMINI_API_KEY',
    '/google/v1beta/models/..@GEMINI_API_KEY:generateContent',
    '/google/v1beta/models/..@GEMINI_API_KEY/x',
    '/google/v1beta/models/.@GEMINI_API_KEY',
    '/google/v1beta/models/..%40GEMINI_API_KEY',
    '/google/v1beta/models/%2e.%2540GEMINI_API_KEY',
    '/google/v1beta/models/%2e%2e@GEMINI_API_KEY',
    '/google/v1beta/models/%2e%2e%2f%2e%2e@GEMINI_API_KEY:x',
    '/google/v1beta/models/a%0d%0ax-a:%20b:generateContent',
    '/google/v1beta/models/a@GEMINI_API_KEY/../x:generateContent',
  ])('%s never leads to another path', async (path) => {
    await call(room.url, path)
    for (const { url, headers } of sent()) {
      expect(new URL(url, 'http://x').pathname).toMatch(/^\/v1beta\/models\/./)
      expect(headers['x-a']).toBeUndefined()
    }
  })
})

test('a provider’s name in the path is looked up, and nothing more', async () => {
  for (const name of [
    '__proto__',
    'constructor',
    'toString',
    'openai%2f',
    'OPENAI',
    'openai;',
    'openai@x',
    '%6fpenai',
  ]) {
    const reply = await call(room.url, `/${name}/v1/x`)
    expect([name, reply.status]).toEqual([name, 404])
  }
  expect(sent()).toHaveLength(0)
})
