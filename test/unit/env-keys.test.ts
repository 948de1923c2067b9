// Which keys an environment holds, for whom, and in what order.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type EnvironmentLayer,
  environmentKeys,
  environmentOrder,
  keysPerProviderMax,
  type LayerKind,
  liveOverrideOf,
  type SecretOperations,
} from '../../src/domain/env-keys.ts'
import { type Fingerprint, parseFingerprint, parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import { ownersByName } from '../../src/domain/key-variables.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'

const ownersOf = (name: string): readonly string[] => ownersByName(builtInProviders)(name).map(({ id }) => id)

/** Values stand for themselves; `hex:<16 digits>` chooses its own fingerprint, for collisions. */
const operations: SecretOperations<string> = {
  isBlank: (text) => text.trim() === '',
  trim: (text) => text.trim(),
  split: (text) => text.split(/[\s,;]+/).filter((member) => member !== ''),
  fingerprint(text) {
    if (text.startsWith('hex:')) return parseFingerprint(text.slice(4))
    let [high, low] = [0x811c9dc5, 0x1000193]
    for (const character of text) {
      high = Math.imul(high ^ character.charCodeAt(0), 0x01000193) >>> 0
      low = Math.imul(low + character.charCodeAt(0), 0x85ebca6b) >>> 0
    }
    return `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}` as Fingerprint
  },
}

function layer(kind: LayerKind, variables: Readonly<Record<string, string>>): EnvironmentLayer<string> {
  return { kind, variables: new Map(Object.entries(variables)) }
}

const inProcess = (variables: Readonly<Record<string, string>>): EnvironmentLayer<string>[] => [
  layer('process-env', variables),
]
const found = (layers: readonly EnvironmentLayer<string>[], providers = builtInProviders) =>
  environmentKeys(layers, providers, operations)
const ids = (variables: Readonly<Record<string, string>>, providers = builtInProviders): string[] =>
  found(inProcess(variables), providers).map((key) => key.profileId)
const [anthropic, google] = [parseProviderId('anthropic'), parseProviderId('google')]

describe('the names', () => {
  test('are used in the order live, list, plain, numbered', () => {
    const variables = {
      OPENAI_API_KEY_10: 'ten',
      OPENAI_API_KEY_2: 'two',
      OPENAI_API_KEY: 'plain',
      OPENAI_API_KEYS: 'hex:aaaaaa0000000000',
      TRASEAI_LIVE_OPENAI_KEY: 'live',
    }
    expect(ids(variables)).toEqual([
      'openai:TRASEAI_LIVE_OPENAI_KEY',
      'openai:OPENAI_API_KEYS#aaaaaa',
      'openai:OPENAI_API_KEY',
      'openai:OPENAI_API_KEY_2',
      'openai:OPENAI_API_KEY_10',
    ])
  })

  test('of Google begin with GEMINI, and GOOGLE_API_KEY comes last', () => {
    const variables = { GOOGLE_API_KEY: 'g', GEMINI_API_KEY_WORK: 'w', GEMINI_API_KEY: 'p', GOOGLE_API_KEY_2: 'no' }
    expect(ids(variables)).toEqual(['google:GEMINI_API_KEY', 'google:GEMINI_API_KEY_WORK', 'google:GOOGLE_API_KEY'])
  })

  test.each(['TRASEAI_LIVE_GEMINI_KEY', 'TRASEAI_LIVE_GOOGLE_KEY'])('%s overrides for Google', (name) => {
    const keys = found(inProcess({ GEMINI_API_KEY: 'p', [name]: 'live' }))
    expect(liveOverrideOf(keys, google)).toBe(`google:${name}`)
    expect(liveOverrideOf(keys, anthropic)).toBeNull()
  })

  test.each([
    'ANTHROPIC_API_KEY_',
    'ANTHROPIC_API_KEYRING',
    'ANTHROPIC_API_KEY-2',
    'ANTHROPIC_API_KEY_ä',
    'anthropic_api_key',
    'MY_ANTHROPIC_API_KEY',
  ])('%s is nobody’s key', (name) => {
    expect(ids({ [name]: 'value' })).toEqual([])
    expect(ownersOf(name)).toEqual([])
  })

  test('too long for a credential id are passed over', () => {
    expect(ids({ [`OPENAI_API_KEY_${'A'.repeat(200)}`]: 'value' })).toEqual([])
  })

  test.each([
    ['ANTHROPIC_API_KEY', 'anthropic'],
    ['ANTHROPIC_API_KEYS', 'anthropic'],
    ['ANTHROPIC_API_KEY_WORK', 'anthropic'],
    ['TRASEAI_LIVE_ANTHROPIC_KEY', 'anthropic'],
    ['TRASEAI_LIVE_GOOGLE_KEY', 'google'],
    ['GOOGLE_API_KEY', 'google'],
    ['AI_GATEWAY_API_KEY', 'vercel-ai-gateway'],
  ])('%s is a key of %s', (name, provider) => {
    expect(ownersOf(name)).toEqual([provider])
  })
})

describe('the order of numbered names', () => {
  test('puts 2 before 10, numbers before words, and 2 beside 02', () => {
    const names = ['A', '10', '2', 'A10', 'A9B', '02', '1_2', '1', '100000000000000000000', '99999999999999999999']
    const variables = Object.fromEntries(names.map((name) => [`XAI_API_KEY_${name}`, `value ${name}`]))
    expect(ids(variables).map((id) => id.slice('xai:XAI_API_KEY_'.length))).toEqual([
      '1',
      '1_2',
      '02',
      '2',
      '10',
      '99999999999999999999',
      '100000000000000000000',
      'A',
      'A9B',
      'A10',
    ])
  })

  test('does not depend on the order in which the environment lists them', () => {
    const suffix = fc.stringMatching(/^[A-Ca0-2_]{1,5}$/)
    const shuffled = fc
      .uniqueArray(suffix, { maxLength: 12 })
      .chain((names) => fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })))
    fc.assert(
      fc.property(shuffled, ([names, other]) => {
        const variables = (list: readonly string[]) =>
          Object.fromEntries(list.map((name) => [`XAI_API_KEY_${name}`, `value of ${name}`]))
        expect(ids(variables(other))).toEqual(ids(variables(names)))
      }),
    )
  })
})

describe('the layers', () => {
  test('are asked in turn: the first with a value wins, and later ones are shadowed', () => {
    const [key] = found([
      layer('process-env', { ANTHROPIC_API_KEY: 'mine' }),
      layer('env-file', { ANTHROPIC_API_KEY: 'file' }),
      layer('shell-env', { ANTHROPIC_API_KEY: 'shell' }),
    ])
    expect(key).toMatchObject({ secret: 'mine', place: { kind: 'process-env', name: 'ANTHROPIC_API_KEY' } })
    expect(key?.shadows.map(({ kind }) => kind)).toEqual(['env-file', 'shell-env'])
  })

  test('a blank value counts as unset', () => {
    const [key] = found([
      layer('process-env', { ANTHROPIC_API_KEY: '  ' }),
      layer('env-file', { ANTHROPIC_API_KEY: ' file \n' }),
    ])
    expect(key).toMatchObject({ secret: 'file', place: { kind: 'env-file' }, shadows: [] })
  })

  test('do not change the order of the names', () => {
    const keys = found([layer('process-env', { XAI_API_KEY_2: 'two' }), layer('env-file', { XAI_API_KEY_1: 'one' })])
    expect(keys.map((key) => key.place.name)).toEqual(['XAI_API_KEY_1', 'XAI_API_KEY_2'])
  })
})

describe('the same value', () => {
  test('is used once, at its first place, and the others are remembered', () => {
    const keys = found([
      layer('process-env', { OPENAI_API_KEY_2: 'same', OPENAI_API_KEY: 'same' }),
      layer('env-file', { OPENAI_API_KEY_3: ' same', OPENAI_API_KEY_4: 'other' }),
    ])
    expect(keys.map((key) => key.profileId)).toEqual(['openai:OPENAI_API_KEY', 'openai:OPENAI_API_KEY_4'])
    expect(keys[0]?.alsoAt).toEqual([
      { kind: 'process-env', name: 'OPENAI_API_KEY_2' },
      { kind: 'env-file', name: 'OPENAI_API_KEY_3' },
    ])
  })

  test('twice in one list is one key and no second place', () => {
    const keys = found(inProcess({ OPENAI_API_KEYS: 'a, a;b' }))
    expect(keys.map(({ secret, alsoAt }) => [secret, alsoAt])).toEqual([
      ['a', []],
      ['b', []],
    ])
  })

  test('serves each of two providers', () => {
    expect(ids({ OPENAI_API_KEY: 'same', XAI_API_KEY: 'same' })).toEqual(['openai:OPENAI_API_KEY', 'xai:XAI_API_KEY'])
  })
})

describe('a list', () => {
  test('names its members by fingerprint', () => {
    const list = 'hex:0123456789abcdef hex:fedcba9876543210'
    expect(ids({ OPENAI_API_KEYS: list })).toEqual(['openai:OPENAI_API_KEYS#012345', 'openai:OPENAI_API_KEYS#fedcba'])
  })

  test('gives members with the same first six digits longer names, whatever their order', () => {
    const members = ['hex:aaaaaa1100000000', 'hex:aaaaaa1200000000', 'hex:bbbbbb0000000000']
    const expected = [
      'openai:OPENAI_API_KEYS#aaaaaa11',
      'openai:OPENAI_API_KEYS#aaaaaa12',
      'openai:OPENAI_API_KEYS#bbbbbb',
    ]
    expect(ids({ OPENAI_API_KEYS: members.join(',') })).toEqual(expected)
    expect(ids({ OPENAI_API_KEYS: members.toReversed().join(',') }).toSorted()).toEqual(expected)
  })

  test('of nothing but separators is unset', () => {
    expect(ids({ OPENAI_API_KEYS: ' ,; ', OPENAI_API_KEY: 'a' })).toEqual(['openai:OPENAI_API_KEY'])
  })
})

describe('prefixes that touch each other', () => {
  const withPrefixes = (prefixes: Readonly<Record<string, string>>) =>
    mergeProviders(
      [],
      Object.fromEntries(
        Object.entries(prefixes).map(([id, envPrefix]) => [id, { baseUrl: `https://${id}.test`, envPrefix }]),
      ),
    )

  test('the same prefix shares its keys', () => {
    const providers = withPrefixes({ one: 'X', two: 'X' })
    expect(ids({ X_API_KEY: 'a' }, providers)).toEqual(['one:X_API_KEY', 'two:X_API_KEY'])
  })

  test('a name that one provider spells out is not a numbered key of another', () => {
    const providers = withPrefixes({ one: 'X', two: 'X_API_KEY_Y' })
    const variables = {
      X_API_KEY_Y_API_KEY: 'a',
      X_API_KEY_Y_API_KEY_2: 'b',
      X_API_KEY_Y: 'c',
      X_API_KEY_Y_API_KEYS: 'hex:dddddd0000000000',
    }
    expect(ids(variables, providers)).toEqual([
      'one:X_API_KEY_Y',
      'two:X_API_KEY_Y_API_KEYS#dddddd',
      'two:X_API_KEY_Y_API_KEY',
      'two:X_API_KEY_Y_API_KEY_2',
    ])
  })
})

describe('always', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'OPENAI_API_KEY',
      'OPENAI_API_KEYS',
      'TRASEAI_LIVE_OPENAI_KEY',
      'GEMINI_API_KEY',
      'GOOGLE_API_KEY',
      'TRASEAI_LIVE_GOOGLE_KEY',
      'PATH',
    ),
    fc.stringMatching(/^(OPENAI|GEMINI|XAI)_API_KEY_[A-Z0-9_-]{0,4}$/),
  )
  const value = fc.stringMatching(/^[ab ,;]{0,4}$/)
  const layers = fc
    .tuple(fc.dictionary(name, value), fc.dictionary(name, value))
    .map(([a, b]) => [layer('process-env', a), layer('env-file', b)])

  test('ids are valid and different, and no provider has a value twice', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const keys = found(given)
        for (const key of keys) {
          expect(parseProfileId(key.profileId)).toBe(key.profileId)
          expect(operations.isBlank(key.secret)).toBe(false)
          expect(key.secret).toBe(key.secret.trim())
        }
        expect(new Set(keys.map((key) => key.profileId)).size).toBe(keys.length)
        expect(new Set(keys.map((key) => `${key.provider} ${key.fingerprint}`)).size).toBe(keys.length)
      }),
    )
  })

  test('every place of a key is a key variable, and live ones come first', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const keys = found(given)
        for (const { place, alsoAt, provider } of keys) {
          expect([place, ...alsoAt].every(({ name }) => ownersOf(name)[0] === provider)).toBe(true)
        }
        for (const { id } of builtInProviders) {
          const live = keys.filter((key) => key.provider === id).map((key) => key.live)
          expect(live).toEqual(live.toSorted((a, b) => Number(b) - Number(a)))
        }
      }),
    )
  })

  test('a provider has at most a thousand keys', () => {
    const members = Array.from({ length: keysPerProviderMax + 5 }, (_, index) => `key${index}`)
    expect(ids({ XAI_API_KEYS: members.join(' '), XAI_API_KEY: 'one more' })).toHaveLength(keysPerProviderMax)
  })

  test('the order for selection is the order of the keys', () => {
    const keys = found(inProcess({ XAI_API_KEY_2: 'b', XAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'c' }))
    expect(environmentOrder(keys, parseProviderId('xai'))).toEqual(['xai:XAI_API_KEY', 'xai:XAI_API_KEY_2'])
  })
})
