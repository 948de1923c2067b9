// The providers that are known from the start, and what the configuration makes of them.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProviderId } from '../../src/domain/ids.ts'
import {
  builtInProviders,
  type ConfiguredProvider,
  findProvider,
  mergeProviders,
} from '../../src/domain/provider-table.ts'
import { TraseError } from '../../src/errors.ts'

const merged = (configured: Readonly<Record<string, ConfiguredProvider>>) =>
  mergeProviders(builtInProviders, configured)

describe('the built-in table', () => {
  const promised =
    'anthropic openai google openrouter groq mistral xai deepseek together fireworks cerebras perplexity cohere moonshot zai minimax nvidia huggingface github-models vercel-ai-gateway'

  test.each(promised.split(' '))('has %s', (id) => {
    expect(findProvider(builtInProviders, id).id).toBe(id)
  })

  test('has no prefix twice, aliases included', () => {
    const prefixes = builtInProviders.flatMap(({ envPrefix, liveAliases }) => [envPrefix, ...liveAliases])
    expect(new Set(prefixes).size).toBe(prefixes.length)
  })

  test.each(builtInProviders.map((provider) => [provider.id, provider] as const))(
    '%s has valid entries',
    (id, provider) => {
      expect(parseProviderId(id)).toBe(id)
      expect(provider.baseUrl).toMatch(/^https:\/\/[a-z0-9.-]+(\/[a-z0-9]+)*$/)
      expect(provider.sdk.path).toMatch(/^(\/[a-z0-9]+)*$/)
      expect(provider.envPrefix).toMatch(/^[A-Z][A-Z0-9_]*$/)
      expect(provider.origin).toBe('built-in')
    },
  )

  test('gives an SDK a token only where it can also be sent to the gateway', () => {
    for (const { sdk } of builtInProviders) expect(sdk.keyVariables.length > 0).toBe(sdk.baseUrlVariables.length > 0)
  })

  test.each([
    ['anthropic', '', 'https://api.anthropic.com'],
    ['openai', '/v1', 'https://api.openai.com/v1'],
    ['google', '', 'https://generativelanguage.googleapis.com'],
    ['openrouter', '/v1', 'https://openrouter.ai/api/v1'],
    ['zai', '/paas/v4', 'https://api.z.ai/api/paas/v4'],
    ['fireworks', '/inference/v1', 'https://api.fireworks.ai/inference/v1'],
    ['github-models', '/inference', 'https://models.github.ai/inference'],
  ])('/%s%s leads to %s', (id, path, address) => {
    const provider = findProvider(builtInProviders, id)
    expect(provider.sdk.path).toBe(path)
    expect(provider.baseUrl + path).toBe(address)
  })

  test('sends each key the way its provider wants it', () => {
    const others = builtInProviders.filter(({ auth }) => auth !== 'bearer').map(({ id, auth }) => [id, auth])
    expect(others).toEqual([
      ['anthropic', 'x-api-key'],
      ['google', 'x-goog-api-key'],
    ])
  })
})

describe('the configuration', () => {
  test('moves a built-in provider to another address and leaves the rest', () => {
    const before = findProvider(builtInProviders, 'anthropic')
    const after = findProvider(merged({ anthropic: { baseUrl: 'https://proxy.test/claude/' } }), 'anthropic')
    expect(after).toEqual({ ...before, baseUrl: 'https://proxy.test/claude', origin: 'configuration' })
  })

  test('adds a provider with sensible defaults', () => {
    expect(findProvider(merged({ 'acme-eu': { baseUrl: 'https://llm.acme.test' } }), 'acme-eu')).toMatchObject({
      name: 'acme-eu',
      baseUrl: 'https://llm.acme.test',
      auth: 'bearer',
      dialect: 'openai',
      envPrefix: 'ACME_EU',
      fallbackVariables: [],
      sdk: { baseUrlVariables: [], keyVariables: [], path: '' },
      origin: 'configuration',
    })
  })

  test('adds a provider as it is described', () => {
    const settings = {
      baseUrl: 'http://127.0.0.1:8000',
      auth: 'x-api-key',
      envPrefix: 'LOCAL',
      dialect: 'anthropic',
    } as const
    expect(findProvider(merged({ acme: settings }), 'acme')).toMatchObject(settings)
  })

  test.each<[string, string, ConfiguredProvider]>([
    ['a new provider without an address', 'acme', {}],
    ['an address that is none', 'acme', { baseUrl: 'llm.acme.test' }],
    ['another scheme', 'acme', { baseUrl: 'ftp://llm.acme.test' }],
    ['a user name', 'acme', { baseUrl: 'https://me@llm.acme.test' }],
    ['a password', 'acme', { baseUrl: 'https://:sk-test-secret@llm.acme.test' }],
    ['a query', 'acme', { baseUrl: 'https://llm.acme.test/?key=1' }],
    ['an empty query', 'acme', { baseUrl: 'https://llm.acme.test?' }],
    ['a fragment', 'acme', { baseUrl: 'https://llm.acme.test/#a' }],
    ['an id in capitals', 'Acme', { baseUrl: 'https://llm.acme.test' }],
    ['an id that is a path of the gateway', 'metrics', { baseUrl: 'https://llm.acme.test' }],
    ['a prefix that no variable can start with', 'acme', { baseUrl: 'https://llm.acme.test', envPrefix: 'A-B' }],
    ['an id that makes no prefix', '4ai', { baseUrl: 'https://llm.acme.test' }],
  ])('with %s is refused', (_what, id, settings) => {
    expect(() => merged({ [id]: settings })).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
  })

  test('with a password in an address does not repeat it', () => {
    let thrown: unknown
    try {
      merged({ acme: { baseUrl: 'https://me:sk-test-secret@llm.acme.test' } })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TraseError)
    expect(JSON.stringify([String(thrown), thrown])).not.toContain('sk-test-secret')
  })

  test('never lets an address keep a slash at its end', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), fc.stringMatching(/^\/{0,3}$/), (url, slashes) => {
        const { baseUrl } = findProvider(merged({ acme: { baseUrl: url + slashes } }), 'acme')
        expect(baseUrl).not.toMatch(/\/$/)
        expect(findProvider(merged({ acme: { baseUrl } }), 'acme').baseUrl).toBe(baseUrl)
      }),
    )
  })
})

describe('a provider nobody knows', () => {
  test('is not found, with the nearest known one', () => {
    const expected = { code: 'not_found', message: 'unknown provider "antropic"', hint: 'did you mean anthropic?' }
    expect(() => findProvider(builtInProviders, 'antropic')).toThrow(expect.objectContaining(expected))
  })

  test('that is like no other gets the list', () => {
    const hint = expect.stringContaining('anthropic, openai') as string
    expect(() => findProvider(builtInProviders, 'qqqqqqqq')).toThrow(expect.objectContaining({ hint }))
  })
})
