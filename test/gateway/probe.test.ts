// Probes against a real provider server: each answer class, the time limit, and that nothing of the key comes back.
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseProfileId } from '../../src/domain/ids.ts'
import type { Probe } from '../../src/domain/probe.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import type { Provider } from '../../src/domain/provider.ts'
import { probeAll, type ProbeTarget } from '../../src/gateway/questions/probe.ts'
import { realHost } from '../../src/host.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { Secret } from '../../src/vault/secret.ts'
import { answerError, answerNever, answerRateLimited, answerRaw, answerReset } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'

let server: ProviderServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

/** A clock whose limit comes when the test says so; everything else takes the time it takes. */
function openWorld(keys: Readonly<Record<string, string>>) {
  const timers = new Set<{ readonly delayMs: number; readonly callback: () => void }>()
  const real = realHost({ env: {} })
  const host = {
    ...real,
    setTimer(delayMs: number, callback: () => void) {
      const timer = { delayMs, callback }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
  }
  const gone = new AbortController()
  const told: [string, string][] = []
  return {
    told,
    gone,
    timers,
    ringAll: () => timers.forEach(({ callback }) => callback()),
    ask: (targets: readonly ProbeTarget[], timeoutMs = 8_000) =>
      probeAll(
        {
          host,
          upstreamSettings: () => defaultConfiguration().gateway.upstream,
          secretOf(profileId) {
            const key = keys[profileId]
            return key === undefined ? undefined : new Secret(key)
          },
        },
        targets,
        { timeoutMs, signal: gone.signal, onProbed: (id, { outcome }) => void told.push([id, outcome]) },
      ),
  }
}

async function providersAt(...names: readonly string[]): Promise<Record<string, Provider>> {
  server = await openProviderServer()
  const { url } = server
  const configured = Object.fromEntries(names.map((name) => [name, { baseUrl: url }]))
  const merged = mergeProviders(builtInProviders, configured)
  return Object.fromEntries(merged.map((provider) => [provider.id, provider]))
}

function target(provider: Provider | undefined, id: string): ProbeTarget {
  if (!provider) throw new Error(`no provider for ${id}`)
  return { provider, profileId: parseProfileId(id) }
}

const html = answerRaw(200, ['content-type', 'text/html'], '<html>sign in</html>')
const restricted =
  'This credential is only authorized for use with Claude Code and cannot be used for other API requests.'
const scope = 'OAuth token does not meet scope requirement user:profile'
const half = '{"error":{"type":"authentication_error"'

test.each([
  ['ok', answerRaw(200, ['content-type', 'application/json'], '{"data":[]}'), { outcome: 'ok', status: 200 }],
  ['401', answerError(401), { outcome: 'unauthorized', status: 401 }],
  ['403', answerError(403), { outcome: 'unauthorized', status: 403 }],
  ['429', answerRateLimited(), { outcome: 'rate_limited', status: 429 }],
  ['402', answerError(402), { outcome: 'billing', status: 402 }],
  ['404', answerError(404), { outcome: 'unsupported', status: 404 }],
  ['500', answerError(500), { outcome: 'failed', status: 500 }],
  ['for Claude Code only', answerError(400, restricted), { outcome: 'restricted', status: 400 }],
  ['a token without the scope', answerError(403, scope), { outcome: 'unsupported', status: 403 }],
  ['a redirect', answerRaw(302, ['location', '/x'], ''), { outcome: 'failed', status: 302 }],
  ['a page of a hotel’s sign-in', html, { outcome: 'failed', status: 200 }],
  ['a huge body', answerRaw(200, [], Buffer.alloc(8_000_000, 'x')), { outcome: 'ok', status: 200 }],
  ['a huge error', answerRaw(401, [], Buffer.alloc(8_000_000, 'x')), { outcome: 'unauthorized', status: 401 }],
  ['an error of no shape', answerRaw(418, [], '"'), { outcome: 'failed', status: 418, message: '418' }],
  ['a broken connection', answerReset(), { outcome: 'unreachable' }],
] as const)('%s', async (_what, behaviour, expected) => {
  const { anthropic } = await providersAt('anthropic')
  server?.behave('sk-test-key-0123456789', behaviour)
  const world = openWorld({ 'anthropic:a': 'sk-test-key-0123456789' })
  const probes = await world.ask([target(anthropic, 'anthropic:a')])
  const probe = probes.get(parseProfileId('anthropic:a'))
  expect(probe).toMatchObject(expected)
  expect(probe?.latencyMs).toBeGreaterThanOrEqual(0)
  expect(world.told).toEqual([['anthropic:a', expected.outcome]])
})

test('the name of an error is told, never its sentence, which may repeat the key', async () => {
  const { openai } = await providersAt('openai')
  server?.behave('sk-test-key-0123456789', answerError(401, 'Incorrect API key provided: sk-test-key-0123456789'))
  const probes = await openWorld({ 'openai:a': 'sk-test-key-0123456789' }).ask([target(openai, 'openai:a')])
  const [probe] = probes.values()
  expect(probe?.message).toMatch(/^401 [a-z_]+$/)
  expect(JSON.stringify(probe)).not.toContain('test-key')
})

test('each provider is asked at its free endpoint, with its key where it wants it', async () => {
  const names = ['anthropic', 'openai', 'google', 'openrouter', 'cohere', 'perplexity', 'groq']
  const providers = await providersAt(...names)
  const keys = Object.fromEntries(names.map((name) => [`${name}:a`, `sk-test-${name}`]))
  await openWorld(keys).ask(names.map((name) => target(providers[name], `${name}:a`)))
  const asked = server?.received.map(({ method, url, key }) => `${method} ${url} ${key}`).toSorted()
  expect(asked).toEqual([
    'GET /async/chat/completions sk-test-perplexity',
    'GET /openai/v1/models sk-test-groq',
    'GET /v1/key sk-test-openrouter',
    'GET /v1/models sk-test-openai',
    'GET /v1/models?limit=1 sk-test-anthropic',
    'GET /v1/models?page_size=1 sk-test-cohere',
    'GET /v1beta/models?pageSize=1 sk-test-google',
  ])
})

test('a subscription token goes as a bearer token with the beta flag', async () => {
  const { anthropic } = await providersAt('anthropic')
  await openWorld({ 'anthropic:a': 'sk-ant-oat01-test' }).ask([target(anthropic, 'anthropic:a')])
  expect(server?.received[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-ant-oat01-test',
    'anthropic-beta': 'oauth-2025-04-20',
    'anthropic-version': '2023-06-01',
  })
  expect(server?.received[0]?.headers).not.toHaveProperty('x-api-key')
})

test('a provider without a free endpoint, and a key that is not at hand, are not asked', async () => {
  const { nvidia, openai } = await providersAt('nvidia', 'openai')
  const world = openWorld({ 'nvidia:a': 'nvapi-test' })
  const probes = await world.ask([target(nvidia, 'nvidia:a'), target(openai, 'openai:gone')])
  expect([...probes.values()]).toEqual([
    { outcome: 'unsupported', message: 'nvidia has no free endpoint that looks at a key' },
    { outcome: 'failed', message: 'its secret is not at hand' },
  ])
  expect(server?.received).toEqual([])
})

test('a port that nobody listens on is unreachable at once', async () => {
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  const providers = mergeProviders(builtInProviders, { openai: { baseUrl: `http://127.0.0.1:${port}` } })
  const world = openWorld({ 'openai:a': 'sk-test' })
  const probes = await world.ask([
    target(
      providers.find(({ id }) => id === 'openai'),
      'openai:a',
    ),
  ])
  expect([...probes.values()]).toMatchObject([
    { outcome: 'unreachable', message: `127.0.0.1:${port} cannot be reached: connection refused (ECONNREFUSED)` },
  ])
})

test('a host that has no address is unreachable', async () => {
  const providers = mergeProviders(builtInProviders, { openai: { baseUrl: 'http://nowhere.invalid' } })
  const world = openWorld({ 'openai:a': 'sk-test' })
  const probes = await world.ask([
    target(
      providers.find(({ id }) => id === 'openai'),
      'openai:a',
    ),
  ])
  expect([...probes.values()]).toMatchObject([{ outcome: 'unreachable' }])
})

test('when the time is up, everything that hangs is a timeout, and what was known before stays known', async () => {
  const { anthropic, openai } = await providersAt('anthropic', 'openai')
  const keys: Record<string, string> = { 'openai:good': 'sk-test-good' }
  server?.behave('sk-test-silent', answerNever())
  const silent = Array.from({ length: 40 }, (_, index) => `anthropic:k${index}`)
  for (const id of silent) keys[id] = 'sk-test-silent'
  const world = openWorld(keys)
  const asking = world.ask([...silent.map((id) => target(anthropic, id)), target(openai, 'openai:good')])
  // One that is silent does not take the turn of another provider, though its forty keys come first.
  await until(() => world.told.some(([id]) => id === 'openai:good'))
  await server?.untilReceived(17)
  expect(await server?.connections()).toBeLessThanOrEqual(17)
  world.ringAll()
  const probes = await asking
  expect(probes.get(parseProfileId('openai:good'))?.outcome).toBe('ok')
  for (const id of silent) {
    expect(probes.get(parseProfileId(id))).toEqual({
      outcome: 'timeout',
      message: 'no answer within 8 s',
    } satisfies Probe)
  }
  expect(server?.received).toHaveLength(17)
  await until(async () => (await server?.connections()) === 0)
  expect(world.timers.size).toBe(0)
})

test('an error whose body never ends is judged by its status', async () => {
  const { openai } = await providersAt('openai')
  server?.behave('sk-test', (_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.write(half)
  })
  const world = openWorld({ 'openai:a': 'sk-test' })
  const asking = world.ask([target(openai, 'openai:a')])
  await until(() => [...world.timers].some(({ delayMs }) => delayMs === 2_000))
  for (const { delayMs, callback } of world.timers) if (delayMs === 2_000) callback()
  expect([...(await asking).values()]).toMatchObject([{ outcome: 'unauthorized', status: 401 }])
})

test('who leaves ends the probes', async () => {
  const { openai } = await providersAt('openai')
  server?.behave('sk-test', answerNever())
  const world = openWorld({ 'openai:a': 'sk-test' })
  const asking = world.ask([target(openai, 'openai:a')])
  await server?.untilReceived(1)
  world.gone.abort()
  expect((await asking).size).toBe(1)
  await until(async () => (await server?.connections()) === 0)
})

test('a provider that the configuration adds is asked as its dialect is', async () => {
  server = await openProviderServer()
  const { url } = server
  const configured = {
    acme: { baseUrl: url },
    acme1: { baseUrl: `${url}/v1` },
    claudish: { baseUrl: url, dialect: 'anthropic' as const },
  }
  const providers = mergeProviders(builtInProviders, configured)
  const keys = { 'acme:a': 'k-1', 'acme1:a': 'k-2', 'claudish:a': 'k-3' }
  const targets = Object.keys(keys).map((id) =>
    target(
      providers.find((each) => `${each.id}:a` === id),
      id,
    ),
  )
  await openWorld(keys).ask(targets)
  expect(server.received.map(({ url: path, key }) => `${key} ${path}`).toSorted()).toEqual([
    'k-1 /v1/models',
    'k-2 /v1/models',
    'k-3 /v1/models?limit=1',
  ])
})
