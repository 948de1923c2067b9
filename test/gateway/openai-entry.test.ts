// The OpenAI-compatible entry: the model of a request to /v1 says where it goes, and everything else of it stays as it was sent.
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { answerError, answerOk, answerRateLimited, answerText } from '../support/provider-answers.ts'
import type { ReceivedRequest } from '../support/provider-behaviour.ts'
import { raw, until } from './client.ts'
import { ask, chat, keys, models, refused, seen } from './entry-calls.ts'
import { openRoom, type Room, type RoomOptions, token } from './room.ts'

let room: Room | null = null
afterEach(async () => {
  await room?.close()
  room = null
})

async function enter(options: RoomOptions = {}): Promise<Room> {
  room = await openRoom({ env: keys, models, ...options })
  return room
}

describe('a model', () => {
  test.each([
    ['anthropic/claude-sonnet-5-5', 'sk-ant-test-1', '/v1/chat/completions', 'claude-sonnet-5-5'],
    ['openai/gpt-5', 'sk-test-1', '/v1/chat/completions', 'gpt-5'],
    ['google/gemini-2.5-pro', 'AIza-test-1', '/v1beta/openai/chat/completions', 'gemini-2.5-pro'],
    ['groq/openai/gpt-oss-20b', 'gsk-test-1', '/openai/v1/chat/completions', 'openai/gpt-oss-20b'],
    ['sonnet', 'sk-ant-test-1', '/v1/chat/completions', 'claude-sonnet-5-5'],
    ['fast', 'gsk-test-1', '/openai/v1/chat/completions', 'openai/gpt-oss-20b'],
    ['sonnet@ANTHROPIC_API_KEY_2', 'sk-ant-test-2', '/v1/chat/completions', 'claude-sonnet-5-5'],
    ['sonnet@anthropic:ANTHROPIC_API_KEY_2', 'sk-ant-test-2', '/v1/chat/completions', 'claude-sonnet-5-5'],
    ['anthropic/claude-3@20240620@ANTHROPIC_API_KEY_2', 'sk-ant-test-2', '/v1/chat/completions', 'claude-3@20240620'],
    ['anthropic/claude-3@20240620', 'sk-ant-test-1', '/v1/chat/completions', 'claude-3@20240620'],
    ['default', 'sk-test-1', '/v1/chat/completions', 'gpt-5'],
    ['', 'sk-test-1', '/v1/chat/completions', 'gpt-5'],
  ])('%j is served with %s at %s as %s', async (model, key, url, name) => {
    const entered = await enter()
    const reply = await ask(entered, { model })
    expect(reply.status).toBe(200)
    expect(reply.text).toContain(answerText)
    expect(seen(entered)).toEqual({ key, url, model: name })
    const { headers } = entered.provider.received[0] as ReceivedRequest // it was asked once
    expect(headers.authorization).toBe(`Bearer ${key}`)
    expect([headers['x-api-key'], headers['x-goog-api-key']]).toEqual([undefined, undefined])
  })

  test('with a name as long as a body is refused, and asked for nowhere', async () => {
    const entered = await enter()
    const reply = await ask(entered, { model: `openai/${'m'.repeat(5_000)}` })
    expect(reply.status).toBe(404)
    expect(reply.text).toContain('longer than 2048 bytes')
    expect(entered.provider.received).toHaveLength(0)
  })

  test('that is not named is the default one, whatever else the body holds', async () => {
    const entered = await enter()
    for (const [body, sent] of [
      ['{}', '{"model":"gpt-5"}'],
      [' {\n"messages":[{"model":"no"}]}', ' {"model":"gpt-5",\n"messages":[{"model":"no"}]}'],
    ] as const) {
      expect((await ask(entered, body)).status).toBe(200)
      expect(entered.provider.received.at(-1)?.body.toString()).toBe(sent)
    }
  })

  test('is all that changes in the body', async () => {
    const entered = await enter()
    const before = '{ "messages" : ["caf\\u00e9 é 🙂", 1.50, 1e2] ,\r\n"model"\t:"'
    const after = '"  ,"x":{"model":"sonnet"},"seed":12345678901234567890 } '
    await ask(entered, `${before}son\\u006eet${after}`)
    expect(entered.provider.received[0]?.body.toString()).toBe(`${before}claude-sonnet-5-5${after}`)
    expect(entered.provider.received[0]?.headers['content-length']).toBe(
      String(Buffer.byteLength(`${before}claude-sonnet-5-5${after}`)),
    )
  })

  test('is found in a body that comes in pieces of one byte', async () => {
    const entered = await enter()
    const body = '{"x":"é","model":"sonnet"}'
    const chunks = [...Buffer.from(body)].map((byte) => `1\n${String.fromCharCode(byte)}\n`).join('')
    const head = `POST ${chat} HTTP/1.1\nhost: localhost\nx-api-key: ${token}\nconnection: close\ntransfer-encoding: chunked\n\n`
    expect(await raw(entered.url, `${head}${chunks}0\n\n`)).toContain('200 OK')
    expect(entered.provider.received[0]?.body.toString()).toBe('{"x":"é","model":"claude-sonnet-5-5"}')
  })
})

describe('the credential', () => {
  test('may be named in a header', async () => {
    const entered = await enter()
    await ask(entered, { model: 'sonnet' }, { headers: { 'x-traseai-profile': 'ANTHROPIC_API_KEY_2' } })
    expect(seen(entered).key).toBe('sk-ant-test-2')
  })

  test('changes when one is rate limited', async () => {
    const entered = await enter()
    entered.provider.behave('sk-ant-test-1', answerRateLimited())
    const reply = await ask(entered, { model: 'sonnet' })
    expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([200, '2'])
    expect(entered.provider.keys()).toEqual(['sk-ant-test-1', 'sk-ant-test-2'])
  })

  test('of a subscription goes with its flag, and is not blamed where subscriptions are not taken', async () => {
    const entered = await enter({ env: { ANTHROPIC_API_KEY: 'sk-ant-oat01-test-1' } })
    entered.provider.behave(
      'sk-ant-oat01-test-1',
      answerError(401, 'OAuth authentication is currently not supported.'),
      answerOk(),
    )
    expect((await ask(entered, { model: 'sonnet' })).status).toBe(401)
    expect(entered.provider.received[0]?.headers['anthropic-beta']).toBe('oauth-2025-04-20')
    expect((await ask(entered, { model: 'sonnet' })).status).toBe(200)
  })

  test('of the client never goes on, in whichever place it came', async () => {
    const entered = await enter()
    const options = { path: `${chat}?key=${token}&x=1`, token: null }
    expect((await ask(entered, { model: 'google/gemini-2.5-pro' }, options)).status).toBe(200)
    const [request] = entered.provider.received
    expect(request?.url).toBe('/v1beta/openai/chat/completions?x=1')
    expect(JSON.stringify(request?.rawHeaders)).not.toContain(token)
  })
})

describe('is told in OpenAI’s words what is wrong:', () => {
  test.each<[string, unknown, number, string, string]>([
    ['an alias', 'sonet', 404, 'unknown_model', 'unknown model "sonet" (did you mean sonnet?)'],
    ['a model alone', 'gpt-5', 404, 'unknown_model', 'unknown model "gpt-5" (did you mean openai/gpt-5?)'],
    ['a model by its own name', 'claude-haiku-9', 404, 'unknown_model', '(did you mean anthropic/claude-haiku-9?)'],
    ['a model nobody has', 'zzz', 404, 'unknown_model', 'unknown model "zzz" (name it with its provider'],
    ['a provider', 'antropic/x', 404, 'unknown_provider', '(did you mean anthropic/x?)'],
    ['no model behind the slash', 'openai/', 404, 'unknown_model', 'unknown model "openai/"'],
    ['no provider before it', '/gpt-5', 404, 'unknown_model', 'unknown model "/gpt-5"'],
    ['a credential', 'sonnet@work', 404, 'not_found', 'profile "work" not found (see: traseai models auth list'],
    ['a mistyped one', 'sonnet@ANTHROPIC_API_KEY_3', 404, 'not_found', 'did you mean anthropic:ANTHROPIC_API_KEY'],
    ['an empty one', 'sonnet@', 404, 'not_found', 'profile "" not found'],
    ['another’s', 'sonnet@openai:OPENAI_API_KEY', 404, 'not_found', 'is for openai, not anthropic'],
    ['another’s, of a model', 'anthropic/x@openai:OPENAI_API_KEY', 404, 'not_found', 'is for openai, not anthropic'],
    ['an id nobody has', 'anthropic/x@anthropic:nobody', 404, 'not_found', 'profile "anthropic:nobody" not found'],
    ['a number', 5, 400, 'bad_request', 'the model of the request is not a string'],
    ['null', null, 400, 'bad_request', 'the model of the request is not a string'],
  ])('%s', async (_what, model, status, code, words) => {
    const entered = await enter()
    const [gotStatus, gotCode, message] = refused(await ask(entered, { model }))
    expect([gotStatus, gotCode]).toEqual([status, code])
    expect(message).toContain(words)
    expect(entered.provider.received).toEqual([])
  })

  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['a list', '[{"model":"sonnet"}]'],
    ['a text', '"sonnet"'],
    ['a form', 'model=sonnet'],
    ['a compressed body', gzipSync('{"model":"sonnet"}')],
  ])('the body is %s', async (_what, body) => {
    const [status, code, message] = refused(await ask(await enter(), body))
    expect([status, code]).toEqual([400, 'bad_request'])
    expect(message).toContain('the body is not a JSON object')
  })

  test('there is no default', async () => {
    const entered = await enter({ models: { default: null, aliases: {} } })
    expect(refused(await ask(entered, {}))).toEqual([
      400,
      'bad_request',
      'traseai: the request names no model, and there is no default (send "model": "<provider>/<model>", or set one with: traseai models set MODEL)',
    ])
  })

  test.each<[string, string, string, string]>([
    ['POST', '/v1/responses', 'sonnet', 'anthropic has no /v1/responses (it has /v1/chat/completions, and its own API'],
    ['POST', '/v1/embeddings', 'sonnet', 'anthropic has no /v1/embeddings'],
    ['POST', '/v1/responses', 'google/x', 'it has /v1/chat/completions, /v1/embeddings, and its own API'],
    ['POST', '/v1/images/generations', 'sonnet', '/v1/images/generations is not served'],
    ['POST', '/v1', 'sonnet', '/v1 is not served'],
    ['POST', '/v1/', 'sonnet', '/v1/ is not served'],
    ['GET', chat, 'sonnet', 'GET /v1/chat/completions is not served (use POST)'],
    ['DELETE', '/v1/models/x', 'sonnet', 'DELETE /v1/models is not served (use GET)'],
  ])('%s %s', async (method, path, model, words) => {
    const [status, code, message] = refused(await ask(await enter(), { model }, { path, method }))
    expect([status, code]).toEqual([404, 'unknown_endpoint'])
    expect(message).toContain(words)
  })

  test('there is no key', async () => {
    const [status, code] = refused(await ask(await enter(), { model: 'mistral/small' }))
    expect([status, code]).toEqual([503, 'no_credentials'])
  })

  test.each([chat, '/v1/models'])('the token is missing or wrong at %s', async (path) => {
    const entered = await enter()
    for (const wrong of [null, 'trase-wrong']) {
      const reply = await ask(
        entered,
        { model: 'sonnet' },
        { token: wrong, path, method: path === chat ? 'POST' : 'GET' },
      )
      expect(refused(reply).slice(0, 2)).toEqual([401, 'unauthorized_client'])
    }
  })
})

test('an error of the provider comes as it is, from the one attempt', async () => {
  const entered = await enter()
  entered.provider.behave('sk-ant-test-1', answerError(400))
  const reply = await ask(entered, { model: 'sonnet' })
  expect([reply.status, reply.headers['request-id'], reply.headers['x-traseai-attempts']]).toEqual([
    400,
    'req_400',
    '1',
  ])
})
test('the record of a request says what its model led to', async () => {
  const entered = await enter()
  await ask(entered, { model: 'sonnet' }, { headers: { 'x-traseai-session': 's1' } })
  await until(() => entered.ended.length > 0)
  expect(entered.ended[0]).toMatchObject({
    provider: 'anthropic',
    model: 'claude-sonnet-5-5',
    session: 's1',
    client: 'test',
  })
})
