// Sessions and `/model` in the real gateway: side by side, after a restart and a kill, and what requests of a session are sent with.
import { rm } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'

const keys = { ANTHROPIC_API_KEY: 'sk-ant-test-first-0000001', ANTHROPIC_API_KEY_WORK: 'sk-ant-test-work-0000002' }
const env = { ...keys, OPENAI_API_KEY: 'sk-test-openai-0000003' }
const first = 'anthropic:ANTHROPIC_API_KEY'
const work = 'anthropic:ANTHROPIC_API_KEY_WORK'
const sonnet = 'anthropic/claude-sonnet-4-5'
const opus = 'anthropic/claude-opus-4-5'

let home = ''
let gateway: GatewayProcess
let provider: ProviderServer
afterEach(async () => {
  await gateway.stop()
  await provider.close()
  await rm(home, { recursive: true, force: true })
})

/** A list of models for a GET, an answer of the model for anything else. */
function serve(...names: readonly string[]): Behaviour {
  return ({ method }, response) => {
    response.setHeader('content-type', 'application/json')
    const list = { data: names.map((id) => ({ id })) }
    response.end(JSON.stringify(method === 'GET' ? list : { type: 'message', content: [] }))
  }
}

async function enter(): Promise<void> {
  provider = await openProviderServer()
  const anthropic = serve('claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5')
  for (const key of Object.values(keys)) provider.behave(key, anthropic)
  provider.behave(env.OPENAI_API_KEY, serve('gpt-5', 'gpt-5-mini', 'whisper-1'))
  const endpoint = { baseUrl: provider.url }
  home = await freshHome({
    models: { default: sonnet, aliases: { gpt: 'openai/gpt-5' }, providers: { anthropic: endpoint, openai: endpoint } },
  })
  gateway = await startGateway({ home, env })
}

const say = (session: string, text: string) => gateway.client.call('session.command', { session, text })
const get = (session: string) => gateway.client.call('session.get', { session })

/** A model request of a session; the credential that served it, or the error. */
async function request(session: string): Promise<string> {
  const { token } = await gateway.client.call('clients.issue', { name: `test-${Math.random()}` })
  const response = await fetch(`${gateway.httpUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json', 'x-traseai-session': session },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] }),
  })
  const text = await response.text()
  return response.ok ? (response.headers.get('x-traseai-profile') ?? '') : text
}

describe('/model', () => {
  it('lists what can be chosen, and a number means what was shown', async () => {
    await enter()
    const { text, choices = [], pin } = await say('a', '/model')
    expect(choices.map(({ number, model }) => [number, model])).toEqual([
      [1, sonnet],
      [2, opus],
      [3, 'anthropic/claude-haiku-4-5'],
      [4, 'openai/gpt-5'],
      [5, 'openai/gpt-5-mini'],
    ])
    expect(choices[0]).toMatchObject({ default: true, current: true, next: first, status: 'ready' })
    expect(text).toContain('\n 1. claude-sonnet-4-5 (default) <- current\n')
    expect(pin).toBeUndefined()
    await say('a', '/model list mini')
    expect((await say('a', '/model 1')).pin).toMatchObject({ model: 'openai/gpt-5-mini', profileId: null })
    expect((await say('b', '/model 1')).pin).toMatchObject({ model: sonnet })
  })

  it('switches two sessions side by side, and each keeps its own through a restart and a kill', async () => {
    await enter()
    const chosen = await say('a', `/model ${opus}@ANTHROPIC_API_KEY_WORK`)
    expect(chosen).toMatchObject({ text: `switched to ${opus}, with ${work}\n  pinned`, changed: true })
    await say('b', '/MODEL  gpt ')
    const before = [await get('a'), await get('b'), await get('c')]
    expect(before).toMatchObject([
      { model: opus, origin: 'session', pin: { agent: 'main', profileId: work }, next: work },
      { model: 'openai/gpt-5', origin: 'session', pin: { profileId: null }, next: 'openai:OPENAI_API_KEY' },
      { model: sonnet, origin: 'default', default: sonnet, next: first, status: 'ready' },
    ])
    await gateway.stop()
    gateway = await startGateway({ home, env })
    expect([await get('a'), await get('b'), await get('c')]).toEqual(before)
    await say('b', '/model default')
    await gateway.kill9()
    gateway = await startGateway({ home, env })
    expect(await get('a')).toEqual(before[0])
    expect(await get('b')).toMatchObject({ model: sonnet, origin: 'default' })
  })

  it('after a restart, a number means the list as it would be shown', async () => {
    await enter()
    await say('a', '/model list mini')
    await gateway.stop()
    gateway = await startGateway({ home, env })
    expect((await say('a', '/model 4')).pin?.model).toBe('openai/gpt-5')
  })

  it('is recorded with its caller, and the same again is not', async () => {
    await enter()
    await say('a', '/model gpt')
    expect(await say('a', '/model gpt')).toMatchObject({
      text: expect.stringMatching(/^already on /) as unknown,
      changed: false,
    })
    await say('a', '/model default')
    expect(await say('a', '/model default')).toMatchObject({ changed: false })
    const { events } = await gateway.client.call('audit.log', { order: 'asc', after: 0 })
    const own = events.filter(({ stream }) => stream === 'session:a')
    expect(own.map(({ type, data, actor }) => [type, data['reason'], actor.kind, actor.pid])).toEqual([
      ['ModelPinned', undefined, 'rpc', process.pid],
      ['ModelUnpinned', 'user', 'rpc', process.pid],
    ])
  })

  it('shows the full view, and fits the width that is asked for', async () => {
    await enter()
    await say('a', '/model 1@work')
      .then(() => expect.unreachable())
      .catch((error: unknown) => {
        expect(error).toMatchObject({
          code: 'not_found',
          message: 'profile "work" not found',
          hint: `did you mean ${work}?`,
        })
      })
    const { text } = await gateway.client.call('session.command', { session: 'a', text: '/model status', width: 40 })
    expect(text).toContain(`\nanthropic at ${provider.url}\n  ${first} (next):\n    ready\n`)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40)
  })

  it('does not wait for a provider that is slow, and has its models later', async () => {
    await enter()
    let answer: () => void = () => undefined
    const list = serve('gpt-5', 'gpt-5-mini')
    provider.behave(env.OPENAI_API_KEY, (received, response) => (answer = () => list(received, response)))
    const { text, choices = [] } = await say('a', '/model')
    expect(text).toContain('its list is on its way')
    expect(choices.map(({ model }) => model)).toEqual([sonnet, opus, 'anthropic/claude-haiku-4-5', 'openai/gpt-5'])
    answer()
    await until(async () => (await say('a', '/model')).choices?.length === 5)
  })

  it.each([
    ['hello', 'usage', '"hello" is not a /model command'],
    ['/model gtp', 'not_found', 'unknown model "gtp"'],
    ['/model openai/gpt-5-mimi', 'not_found', 'unknown model "openai/gpt-5-mimi" (did you mean openai/gpt-5-mini?)'],
    [`/model gpt@${first}`, 'usage', `profile "${first}" is for anthropic, not openai`],
    ['/model 6', 'not_found', 'there is no model 6: the list goes from 1 to 5'],
  ])('%s is refused in words', async (text, code, message) => {
    await enter()
    await expect(say('a', text)).rejects.toMatchObject({ code, message })
  })

  it('takes no key for a session, and repeats none', async () => {
    await enter()
    const key = 'sk-ant-api03-0123456789abcdefghijklmnop'
    for (const call of [say(key, '/model'), say('a', `/model ${key}`), say('a', `/model openai/${key}`)]) {
      const error: unknown = await call.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'usage', message: expect.not.stringContaining('0123456789') as unknown })
      expect(JSON.stringify(error)).not.toContain('0123456789')
    }
  })
})

describe('a pinned credential', () => {
  it('is what requests of the session are sent with, and no longer once the pin is dropped', async () => {
    await enter()
    expect(await request('a')).toBe(first)
    await say('a', '/model @anthropic_api_key_work')
    expect(await request('a')).toBe(work)
    expect(await request('b')).toBe(first)
    await say('a', '/model default')
    expect(await request('a')).toBe(first)
  })

  it('that is gone is named to requests, to the chat and to who asks for an explanation', async () => {
    await enter()
    await gateway.client.call('credentials.add', {
      profileId: 'anthropic:home',
      provider: 'anthropic',
      kind: 'api_key',
      secret: keys.ANTHROPIC_API_KEY_WORK,
    })
    await say('a', '/model claude-sonnet-4-5@home')
    const { notes } = await gateway.client.call('credentials.remove', { profileId: 'anthropic:home' })
    expect(notes).toEqual([expect.stringMatching(/^pinned by session a, whose requests are refused until \/model/)])
    const problem = 'the session is pinned to anthropic:home, which is not there any more'
    expect(await request('a')).toContain(problem)
    expect(await request('a')).toContain('/model default')
    expect(await get('a')).toMatchObject({ next: null, problem: expect.stringContaining(problem) as unknown })
    expect((await say('a', '/model')).text.replaceAll(/\s+/g, ' ')).toContain(problem)
    const explained = await runCli(home, ['models', 'auth', 'explain', '--provider', 'anthropic', '--session', 'a'])
    expect(explained.stdout).toContain(`session: a has pinned ${sonnet} with anthropic:home; ${problem}`)
    await say('a', '/model default')
    expect(await request('a')).not.toContain(problem)
  })
})
