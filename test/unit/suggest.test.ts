// Suggestions for mistyped names.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { suggest } from '../../src/domain/suggest.ts'

const providers = ['anthropic', 'openai', 'groq', 'xai', 'openrouter', 'MISTRAL']

test.each([
  ['antropic', 'anthropic'],
  ['opneai', 'openai'],
  ['gorq', 'groq'],
  ['ANTHROPIC', 'anthropic'],
  ['mistrel', 'MISTRAL'],
  ['xia', undefined],
  ['xao', 'xai'],
  ['xa', 'xai'],
  ['mistral', 'MISTRAL'],
  ['cohere', undefined],
  ['', undefined],
])('"%s" suggests %s', (word, expected) => {
  expect(suggest(word, providers)).toBe(expected)
})

test('all of an id but its provider finds it, whatever else begins with the same words', () => {
  const known = ['openai:OPENAI_API_KEY', 'openai:OPENAI_API_KEY_2']
  expect(suggest('OPENAI_API_KEY', known)).toBe('openai:OPENAI_API_KEY')
})

test('a name that is known needs no suggestion', () => {
  expect(suggest('xai', ['xaj', 'xai'])).toBeUndefined()
})

test('the nearer name wins, of equally near ones the first', () => {
  expect(suggest('claude', ['claudette', 'clauds', 'claudi'])).toBe('clauds')
  expect(suggest('claude', ['claudfe', 'clauds', 'clade'])).toBe('claudfe')
})

test('two letters off is a typo, three are another name', () => {
  expect(suggest('anthropic:work', ['anthropic:woXX'])).toBe('anthropic:woXX')
  expect(suggest('anthropic:work', ['anthropic:wXXX'])).toBeUndefined()
})

test('in a word of three letters one may be off', () => {
  expect(suggest('abc', ['abX'])).toBe('abX')
  expect(suggest('abc', ['aXX'])).toBeUndefined()
  expect(suggest('abcd', ['abXX'])).toBe('abXX')
})

test('a word of which no letter is right suggests nothing', () => {
  expect(suggest('a', ['b'])).toBeUndefined()
  expect(suggest('ab', ['a'])).toBe('a')
})

test('a fragment finds the only name that contains it, whatever its case', () => {
  expect(suggest('Work', ['anthropic:work', 'anthropic:home'])).toBe('anthropic:work')
  expect(suggest('anthropic', ['anthropic:work', 'anthropic:home'])).toBeUndefined()
  expect(suggest('wor', ['anthropic:Work'])).toBe('anthropic:Work')
  expect(suggest('wo', ['anthropic:work'])).toBeUndefined()
})

test('a word nobody would type by hand is not compared', () => {
  const long = 'a'.repeat(201)
  expect(suggest(long, [`${long}a`])).toBeUndefined()
  expect(suggest('a'.repeat(200), [long])).toBe(long)
})

test('a suggestion is always one of the known names and never the word itself', () => {
  const names = fc.array(fc.string({ maxLength: 12 }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), names, (word, known) => {
      const suggestion = suggest(word, new Set(known))
      return suggestion === undefined || (known.includes(suggestion) && suggestion !== word)
    }),
  )
})

test('one wrong letter in a longer name always finds a name', () => {
  const slip = fc.tuple(fc.constantFrom('anthropic', 'openai', 'openrouter'), fc.nat(5), fc.constantFrom('q', '0', '_'))
  fc.assert(
    fc.property(slip, ([name, at, letter]) => {
      expect(suggest(name.slice(0, at) + letter + name.slice(at + 1), providers)).toBe(name)
    }),
  )
})
