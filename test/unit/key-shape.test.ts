// What people paste when they are asked for a key: quoted, wrapped, cut short, or somebody else's.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPasted, shapeProblem } from '../../src/domain/key-shape.ts'
import { keyShapeTable } from '../../src/domain/key-shape-table.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import type { Provider } from '../../src/domain/provider.ts'

const providerOf = (id: string, providers: readonly Provider[] = builtInProviders): Provider => {
  const provider = providers.find((each) => each.id === id)
  if (!provider) throw new Error(id)
  return provider
}
const read = (text: string, provider = 'anthropic') => readPasted(text, providerOf(provider), builtInProviders)
const apiKey = `sk-ant-api03-${'Ab3_'.repeat(23)}AAA`
const token = `sk-ant-oat01-${'xY9-'.repeat(23)}AAA`
const openRouterKey = `sk-or-v1-${'0123456789abcdef'.repeat(4)}`

describe('a pasted key', () => {
  it.each([
    token,
    `  ${token}\n`,
    `"${token}"`,
    `'${token}'`,
    `“${token}”`,
    `\u200b${token}\ufeff`,
    `ANTHROPIC_API_KEY=${token}`,
    `export ANTHROPIC_API_KEY="${token}"`,
    `export CLAUDE_CODE_OAUTH_TOKEN=${token};`,
    `$env:ANTHROPIC_API_KEY = "${token}"`,
    `ANTHROPIC_API_KEY: '${token}'`,
    `  "ANTHROPIC_API_KEY": "${token}",`,
    `{ "apiKey": "${token}" }`,
    `Authorization: Bearer ${token}`,
    `x-api-key: ${token}`,
  ])('is found in what surrounds it: %j', (text) => {
    expect(read(text)).toEqual({ value: token, kind: 'token', notes: [] })
  })

  it.each([
    ['anthropic', apiKey, 'api_key'],
    ['anthropic', token, 'token'],
    ['openrouter', openRouterKey, null],
    ['openai', `sk-proj-${'a1B2'.repeat(39)}`, null],
    ['openai', `sk-${'a'.repeat(20)}T3BlbkFJ${'b'.repeat(20)}`, null],
    ['google', `AIza${'Sy_-9'.repeat(7)}`, null],
    ['deepseek', `sk-${'0123456789abcdef'.repeat(2)}`, null],
    ['mistral', 'a1B2c3D4'.repeat(4), null],
    ['sambanova', '01234567-89ab-cdef-0123-456789abcdef', null],
  ])('of %s is taken without a remark', (provider, value, kind) => {
    expect(read(value, provider)).toEqual({ value, kind, notes: [] })
  })

  it.each([
    ['', 'is empty'],
    ['""', 'is empty'],
    [`${token.slice(0, 40)}...`, 'was cut short: it ends in dots'],
    [`${token.slice(0, 40)}…`, 'was cut short: it ends in dots'],
    ['sk-ant-…a1b2', 'is masked'],
    ['sk-ant-****************a1b2', 'is masked'],
    ['<your-key>', 'is a placeholder'],
    ['$ANTHROPIC_API_KEY', 'is a placeholder'],
    ['YOUR_API_KEY', 'is a placeholder'],
    [
      token.slice(0, 80),
      'was cut short: it has 80 characters, and one that begins with sk-ant-oat01- has at least 101',
    ],
    ['sk-ant', 'is too short for a key: 6 characters'],
    [`${token}\n${apiKey}`, 'holds more than one key'],
    [`${token} ${token}`, 'holds more than one key'],
    [`${token}${token}`, 'holds two keys without anything between them'],
    [`${token}\nthanks`, 'has other text beside the key'],
    [`my token is ${token}`, 'has other text beside the key'],
    [`ANTHROPIC_API_KEY=${token}\nLOG_LEVEL=debug`, 'has other text beside the key'],
    ['I do not have a key yet', 'looks like text, not like a key'],
    [token.replace('-oat01-', '–oat01–'), 'has a character that no key has: U+2013 at place 7'],
    [`trase_${'a'.repeat(43)}`, 'is a token of this gateway'],
    [openRouterKey, 'looks like a key of OpenRouter, not of Anthropic'],
    [`r8_${'a'.repeat(37)}`, 'looks like a key of Replicate, not of Anthropic'],
    [`OPENAI_API_KEY=sk-${'a'.repeat(48)}`, 'sets OPENAI_API_KEY, which holds a key of OpenAI, not of Anthropic'],
    [`sk-ant-ort01-${'a'.repeat(95)}`, "is a refresh token of Claude Code's own sign-in"],
    [`sk-ant-admin01-${'a'.repeat(93)}`, 'is an Admin API key'],
    [`sk-ant-sid01-${'a'.repeat(93)}`, 'is the session cookie of a browser'],
  ])('is refused with the reason: %j', (text, reason) => {
    expect(read(text)).toMatchObject({ refused: expect.stringContaining(reason) as string })
  })

  it('of another provider is refused with the option that was meant', () => {
    expect(read(openRouterKey)).toMatchObject({ hint: 'did you mean --provider openrouter?' })
    expect(read(`${openRouterKey.slice(0, 50)}\n${openRouterKey.slice(50)}`)).toMatchObject({
      refused: 'looks like a key of OpenRouter, not of Anthropic',
    })
    expect(read(apiKey, 'openai')).toMatchObject({ hint: 'did you mean --provider anthropic?' })
  })

  it.each([
    ['anthropic', 'a-new-kind-of-key-0123456789', 'does not look like a key of Anthropic, which begin with sk-ant-'],
    [
      'anthropic',
      token.slice(0, 107),
      'has 107 characters, where such keys of Anthropic have 108: check that it is whole',
    ],
    ['mistral', 'a1B2c3D4'.repeat(5), 'does not look like a key of Mistral'],
  ])('of %s that is merely unusual is taken with a remark', (provider, value, note) => {
    expect(read(value, provider)).toMatchObject({ value, notes: [expect.stringContaining(note)] })
  })

  it('of a series that nobody has seen yet is taken', () => {
    expect(read(`sk-ant-api99-${'a'.repeat(60)}`)).toMatchObject({ kind: null, notes: [] })
  })

  it('may be anything for a provider that was added or pointed elsewhere', () => {
    const providers = mergeProviders(builtInProviders, {
      acme: { baseUrl: 'https://llm.acme.test' },
      anthropic: { baseUrl: 'https://proxy.acme.test' },
    })
    expect(readPasted('sk-1234', providerOf('acme', providers), providers)).toEqual({
      value: 'sk-1234',
      kind: null,
      notes: [],
    })
    expect(readPasted(openRouterKey, providerOf('anthropic', providers), providers)).toMatchObject({
      value: openRouterKey,
      notes: ['looks like a key of OpenRouter, not of Anthropic'],
    })
  })
})

const alphabets = {
  hex: '0123456789abcdef',
  alphanumeric: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  base64url: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-',
  dotted: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-',
} as const

/** A key as its provider issues it today, of any shape of the table that is of use. */
const anyKey = fc
  .constantFrom(
    ...Object.entries(keyShapeTable).flatMap(([provider, shapes]) =>
      shapes.filter(({ refused, usual }) => !refused && usual).map((shape) => ({ provider, shape })),
    ),
  )
  .chain(({ provider, shape }) => {
    const { prefix, usual = 0, characters } = shape
    const letters = fc.constantFrom(...Array.from(alphabets[characters]))
    return fc
      .array(letters, { minLength: usual - prefix.length, maxLength: usual - prefix.length })
      .map((rest) => ({ provider, shape, value: prefix + rest.join('') }))
  })

describe('any key of today', () => {
  it('is read as itself, however it was wrapped', () => {
    const breaks = fc.constantFrom('\n', '\r\n', '\r', '  \n', '\n    ', ' ', '\\\n', '   \r\n  ')
    fc.assert(
      fc.property(
        anyKey,
        fc.integer({ min: 4, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        breaks,
        (key, width, first, lineBreak) => {
          const { provider, value } = key
          const rest = value.slice(first).match(new RegExp(`.{1,${width}}`, 'g')) ?? []
          const wrapped = [value.slice(0, first), ...rest].join(lineBreak)
          expect(read(wrapped, provider)).toMatchObject({ value })
          expect(read(`"${wrapped}"\n`, provider)).toMatchObject({ value })
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is refused wherever it was cut below the least length', () => {
    const cuts = anyKey
      .filter(({ shape }) => shape.prefix !== '')
      .chain((key) => fc.record({ key: fc.constant(key), length: fc.integer({ min: 0, max: key.shape.least - 1 }) }))
    fc.assert(
      fc.property(cuts, ({ key, length }) => {
        expect(read(key.value.slice(0, length), key.provider)).toHaveProperty('refused')
      }),
      { numRuns: 500 },
    )
  })

  it('never comes back in the words of a refusal or remark', () => {
    fc.assert(
      fc.property(
        anyKey,
        fc.nat(100),
        fc.constantFrom('', '…', ' and more', '\u2013'),
        fc.constantFrom(...builtInProviders),
        (key, at, added, provider) => {
          const { shape, value } = key
          const outcome = readPasted(value.slice(0, at) + added, provider, builtInProviders)
          const said = 'refused' in outcome ? `${outcome.refused} ${outcome.hint}` : outcome.notes.join(' ')
          const secret = value.slice(shape.prefix.length)
          for (let index = 0; index + 8 <= secret.length; index += 1)
            expect(said).not.toContain(secret.slice(index, index + 8))
        },
      ),
    )
  })
})

describe('the shape of a value in use', () => {
  const problem = (value: string) => shapeProblem(value, providerOf('anthropic'), builtInProviders)

  it('is fine, or an error, or a warning', () => {
    expect(problem(apiKey)).toBeNull()
    expect(problem(openRouterKey)).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('OpenRouter') as string,
    })
    expect(problem(`"${apiKey}"`)).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('quotes') as string,
    })
    expect(problem('a-new-kind-of-key-0123456789')).toMatchObject({ severity: 'warning' })
  })
})
