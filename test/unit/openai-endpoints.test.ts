// Where a provider serves OpenAI's paths, and with which header.
import { describe, expect, test } from 'vitest'
import { openAiEndpoints, openAiSide } from '../../src/domain/openai-endpoints.ts'
import {
  builtInProviders,
  type ConfiguredProvider,
  findProvider,
  mergeProviders,
} from '../../src/domain/provider-table.ts'

const side = (id: string, settings?: ConfiguredProvider) =>
  openAiSide(findProvider(mergeProviders(builtInProviders, settings ? { [id]: settings } : {}), id))

test('every built-in provider serves chat, with a key in the usual place of OpenAI’s API', () => {
  for (const provider of builtInProviders) {
    const { paths, provider: spoken } = openAiSide(provider)
    expect(paths['chat/completions']).toMatch(/^(?:\/[a-z0-9]+)*\/chat\/completions$/)
    expect(spoken.auth).toBe('bearer')
    expect([spoken.id, spoken.baseUrl, spoken.dialect]).toEqual([provider.id, provider.baseUrl, provider.dialect])
  }
})

test('a path ends with what it is asked for', () => {
  for (const provider of builtInProviders) {
    const { paths } = openAiSide(provider)
    for (const endpoint of openAiEndpoints) {
      const path = paths[endpoint]
      if (path !== null) expect(path.endsWith(`/${endpoint}`)).toBe(true)
    }
  }
})

test('an SDK that is pointed at the provider itself asks for the same path', () => {
  for (const { id, sdk, dialect } of builtInProviders) {
    // Those with an SDK of their own have another path in their base URL.
    if (dialect !== 'openai' || sdk.baseUrlVariables.length > 0) continue
    expect(side(id).paths['chat/completions']).toBe(`${sdk.path}/chat/completions`)
  }
})

describe('a provider of the configuration', () => {
  test.each([
    ['https://llm.acme.test', '/v1/chat/completions'],
    ['https://llm.acme.test/v1', '/chat/completions'],
    ['https://llm.acme.test/api/v2', '/chat/completions'],
    ['https://llm.acme.test/v1/proxy', '/v1/chat/completions'],
  ])('at %s serves chat at %s', (baseUrl, path) => {
    expect(side('acme', { baseUrl }).paths['chat/completions']).toBe(path)
  })

  test('takes its key as it says, unless it imitates OpenAI beside an API of its own', () => {
    const baseUrl = 'https://llm.acme.test'
    expect(side('acme', { baseUrl, auth: 'x-api-key' }).provider.auth).toBe('x-api-key')
    expect(side('acme', { baseUrl, auth: 'x-api-key', dialect: 'anthropic' }).provider.auth).toBe('bearer')
    expect(side('acme', { baseUrl, dialect: 'google' }).paths).toMatchObject({
      embeddings: '/v1beta/openai/embeddings',
      responses: null,
    })
  })

  test('that takes the place of a built-in one keeps its paths', () => {
    expect(side('anthropic', { baseUrl: 'https://proxy.test' })).toMatchObject({
      provider: { baseUrl: 'https://proxy.test', auth: 'bearer' },
      paths: { 'chat/completions': '/v1/chat/completions', responses: null },
    })
  })
})
