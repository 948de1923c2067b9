// Lists of models as providers give them, and where each provider is asked.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { modelEndpoints } from '../../src/domain/model-endpoints.ts'
import { markedModels, modelNames, namedProviders } from '../../src/domain/model-list.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import { anthropic, openai } from '../support/story.ts'

test.each<[string, unknown, string[] | null]>([
  ['OpenAI', { object: 'list', data: [{ id: 'gpt-5' }, { id: 'o3' }] }, ['gpt-5', 'o3']],
  ['Google', { models: [{ name: 'models/gemini-3' }] }, ['gemini-3']],
  ['Cohere', { models: [{ name: 'command-a' }] }, ['command-a']],
  ['Together AI', [{ id: 'meta/llama' }], ['meta/llama']],
  ['one that repeats itself', { data: [{ id: 'a' }, { id: 'a' }] }, ['a']],
  [
    'one with names that are none',
    { data: [{ id: 7 }, null, 'x', { id: 'a b' }, { id: 'a\u001b[2J' }, { id: 'b' }] },
    ['b'],
  ],
  ['an empty one', { data: [] }, []],
  ['an error', { error: { message: 'no' } }, null],
  ['text', 'data', null],
  ['nothing', null, null],
])('the list of %s', (_whose, body, names) => {
  expect(modelNames(body)).toEqual(names)
})

test('a list has an end, whatever comes', () => {
  const long = { data: Array.from({ length: 5_000 }, (_, index) => ({ id: `m${index}` })) }
  expect(modelNames(long)).toHaveLength(1_000)
  expect(modelNames({ data: [{ id: 'x'.repeat(201) }] })).toEqual([])
  fc.assert(
    fc.property(fc.jsonValue(), (value) => modelNames(value)?.every((name) => /^[!-~]{1,200}$/.test(name)) ?? true),
  )
})

const named = {
  default: 'anthropic/opus',
  aliases: { big: 'anthropic/opus', small: 'anthropic/haiku', gpt: 'openai/gpt-5' },
}

test('what the configuration names comes first, with its marks, also when no list has it', () => {
  expect(markedModels(anthropic, ['sonnet', 'haiku'], named)).toEqual([
    { name: 'opus', default: true, aliases: ['big'] },
    { name: 'haiku', aliases: ['small'] },
    { name: 'sonnet' },
  ])
  expect(markedModels(openai, [], named)).toEqual([{ name: 'gpt-5', aliases: ['gpt'] }])
  expect(markedModels(openai, ['a'], { default: null, aliases: {} })).toEqual([{ name: 'a' }])
})

test('the providers of the default and of each alias are named', () => {
  expect([...namedProviders(named)]).toEqual(['anthropic', 'openai'])
  expect(namedProviders({ default: null, aliases: {} }).size).toBe(0)
})

test.each(builtInProviders.map((provider) => [provider.id, provider] as const))(
  '%s is asked below its address',
  (_id, provider) => {
    const { models, probe } = modelEndpoints(provider)
    for (const path of [models, probe]) {
      if (path !== null) expect(new URL(`${provider.baseUrl}${path}`).href.startsWith(provider.baseUrl)).toBe(true)
    }
  },
)

test('a provider that is added has the endpoints of its dialect, once the version in its address is counted', () => {
  const added = mergeProviders([], {
    plain: { baseUrl: 'https://llm.acme.test' },
    versioned: { baseUrl: 'https://llm.acme.test/v1' },
    beta: { baseUrl: 'https://llm.acme.test/v1beta', dialect: 'google' },
    deep: { baseUrl: 'https://llm.acme.test/openai' },
  })
  expect(added.map((provider) => modelEndpoints(provider).models)).toEqual([
    '/v1/models',
    '/models',
    '/models?pageSize=1000',
    '/v1/models',
  ])
})
