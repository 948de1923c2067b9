// Lists of models from a real provider server: their shapes, what is kept, and what is said where there is none.
import { afterEach, expect, test } from 'vitest'
import { parseProfileId } from '../../src/domain/ids.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import { type ListTarget, openModelLists } from '../../src/gateway/questions/model-lists.ts'
import { realHost } from '../../src/host.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { Secret } from '../../src/vault/secret.ts'
import { answerError, answerNever, answerRaw } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'

let server: ProviderServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

const json = (value: unknown) => answerRaw(200, ['content-type', 'application/json'], JSON.stringify(value))
const hourMs = 3_600_000

async function openWorld(baseUrl?: string) {
  server = await openProviderServer()
  let now = 1_000
  const timers = new Set<() => void>()
  const host = {
    ...realHost({ env: {} }),
    now: () => now,
    setTimer(_delayMs: number, callback: () => void) {
      timers.add(callback)
      return { cancel: () => void timers.delete(callback) }
    },
  }
  const lists = openModelLists({
    host,
    upstreamSettings: () => defaultConfiguration().gateway.upstream,
    secretOf: (id) => (id.endsWith(':gone') ? undefined : new Secret(id)),
  })
  const url = baseUrl ?? server.url
  const names = ['anthropic', 'openai', 'google', 'perplexity']
  const providers = mergeProviders(builtInProviders, Object.fromEntries(names.map((name) => [name, { baseUrl: url }])))
  function target(id: string, fingerprint = '1'): ListTarget {
    const provider = providers.find((each) => id.startsWith(`${each.id}:`))
    if (!provider) throw new Error(id)
    return { provider, profileId: parseProfileId(id), fingerprint }
  }
  return {
    pass: (ms: number) => (now += ms),
    ringAll: () => timers.forEach((ring) => ring()),
    of: (targets: readonly ListTarget[], fresh = false) =>
      lists.of(targets, { timeoutMs: 8_000, fresh, signal: new AbortController().signal }),
    kept: (id: string) => lists.kept(target(id).provider),
    target,
  }
}

test('each provider lists in its own shape, asked side by side for the whole list', async () => {
  const { of, target } = await openWorld()
  server?.behave('anthropic:a', json({ data: [{ id: 'claude-a' }, { id: 'claude-b' }] }))
  server?.behave('google:a', json({ models: [{ name: 'models/gemini-a' }] }))
  server?.behave('openai:a', json([{ id: 'gpt-a' }]))
  const lists = await of([target('anthropic:a'), target('google:a'), target('openai:a')])
  expect(lists.map(({ names }) => names)).toEqual([['claude-a', 'claude-b'], ['gemini-a'], ['gpt-a']])
  expect(server?.received.map(({ url }) => url).toSorted()).toEqual([
    '/v1/models',
    '/v1/models?limit=1000',
    '/v1beta/models?pageSize=1000',
  ])
})

test('a list is kept for an hour, unless a fresh one is asked for or the key is another', async () => {
  const { of, target, pass } = await openWorld()
  server?.behave('openai:a', json({ data: [{ id: 'gpt-a' }] }))
  await of([target('openai:a')])
  pass(hourMs - 1)
  expect(await of([target('openai:a')])).toEqual([{ names: ['gpt-a'], fetchedAt: 1_000, note: null }])
  expect(server?.received).toHaveLength(1)
  await of([target('openai:a')], true)
  await of([target('openai:a', '2')])
  expect(server?.received).toHaveLength(3)
  pass(hourMs)
  await of([target('openai:a')])
  pass(-10 * hourMs) // a clock that was set back says nothing of the age
  await of([target('openai:a')])
  expect(server?.received).toHaveLength(5)
})

test('what is kept of a provider is its newest list, whoever asked and however old', async () => {
  const { of, kept, target, pass } = await openWorld()
  server?.behave('openai:a', json({ data: [{ id: 'gpt-a' }] }))
  server?.behave('openai:b', json({ data: [{ id: 'gpt-b' }] }))
  server?.behave('anthropic:a', json({ data: [{ id: 'claude-a' }] }))
  expect(kept('openai:a')).toBe(null)
  await of([target('openai:a')])
  pass(1)
  await of([target('openai:b')])
  await of([target('anthropic:a')])
  expect(kept('openai:a')).toMatchObject({ names: ['gpt-b'], isFresh: true })
  expect(kept('anthropic:a')).toMatchObject({ names: ['claude-a'] })
  pass(hourMs)
  expect(kept('openai:a')).toMatchObject({ names: ['gpt-b'], isFresh: false })
  expect(server?.received).toHaveLength(3)
})

test.each([
  ['openai:a', answerError(401), /^the list was refused: 401 [a-z_]+$/],
  ['openai:a', answerError(404), /^the list was refused: 404/],
  ['openai:a', json({ answer: 42 }), /^the answer is no list of models$/],
  ['openai:a', answerRaw(200, [], '<html>'), /^the answer is no list of models$/],
  ['openai:a', answerRaw(200, [], Buffer.alloc(5_000_000, ' ')), /^the answer is no list of models$/],
  ['openai:gone', answerNever(), /^the secret of openai:gone is not at hand$/],
  ['perplexity:a', answerNever(), /^perplexity lists no models$/],
] as const)('%s: no list is a note, and nothing is kept', async (id, behaviour, note) => {
  const { of, target } = await openWorld()
  server?.behave('openai:a', behaviour)
  const [list] = await of([target(id)])
  expect(list).toMatchObject({ names: [], fetchedAt: null })
  expect(list?.note).toMatch(note)
})

test('a provider that cannot be reached is a note', async () => {
  const { of, target } = await openWorld('http://127.0.0.1:1')
  const [list] = await of([target('openai:a')])
  expect(list?.note).toBe('127.0.0.1:1 cannot be reached: connection refused (ECONNREFUSED)')
})

test('when the time is up, a provider that is silent is a note, and its connection is cut', async () => {
  const { of, target, ringAll } = await openWorld()
  server?.behave('openai:a', answerNever())
  const asking = of([target('openai:a')])
  await server?.untilReceived(1)
  ringAll()
  expect(await asking).toEqual([{ names: [], fetchedAt: null, note: 'no answer within 8 s' }])
  await until(async () => (await server?.connections()) === 0)
})
