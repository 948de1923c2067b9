// Which model and credential people mean with `/model …`.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Credential } from '../../src/domain/entities.ts'
import { parseAgentId, parseProviderId } from '../../src/domain/ids.ts'
import { chooseModel, isClearWithoutLists, type KnownModels } from '../../src/domain/model-choice.ts'
import { parseModelCommand } from '../../src/domain/model-command.ts'
import { markedModels, type ModelListing } from '../../src/domain/model-list.ts'
import { numberedModels, offerModels } from '../../src/domain/model-picker.ts'
import { TraseError } from '../../src/errors.ts'
import { refusalOf } from '../support/refusal-of.ts'
import { credential } from '../support/selection-input.ts'
import { anthropic, main, openai } from '../support/story.ts'

const openrouter = parseProviderId('openrouter')
const named = {
  default: 'anthropic/claude-sonnet-4-5',
  aliases: { sonnet: 'anthropic/claude-sonnet-4-5', gpt: 'openai/gpt-5', far: 'groq/llama-4' },
}

function listingOf(lists: Readonly<Record<string, readonly string[] | null>>): ModelListing {
  return {
    default: named.default,
    providers: Object.entries(lists).map(([provider, names]) => ({
      provider,
      fetchedAt: names === null ? null : '2026-01-15T12:00:00.000Z',
      models: markedModels(parseProviderId(provider), names ?? [], named),
    })),
  }
}

const listing = listingOf({
  anthropic: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
  openai: ['gpt-5', 'gpt-5-mini', 'o4-mini', 'shared'],
  openrouter: ['anthropic/claude-opus-4-5', 'meta/llama-3.3', 'vertex@20250101', 'shared'],
  groq: null,
})

function credentials(...all: readonly Credential[]): Readonly<Record<string, Credential>> {
  return Object.fromEntries(all.map((each) => [each.profileId, each]))
}

const known: KnownModels = {
  named,
  providers: [anthropic, openai, openrouter, parseProviderId('groq')],
  listing,
  credentials: credentials(
    credential('anthropic:work'),
    credential('anthropic:me@work.test'),
    credential('anthropic:hers', { agent: parseAgentId('writer') }),
    credential('openai:default'),
    credential('openai:OPENAI_API_KEY_2'),
  ),
  agent: main,
  current: 'anthropic/claude-opus-4-5',
  shown: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5'],
}

const choose = (wanted: string, anyway = false, changes: Partial<KnownModels> = {}) =>
  chooseModel(wanted, anyway, { ...known, ...changes })

test.each<[string, string, string | null]>([
  ['2', 'openai/gpt-5', null],
  ['#2', 'openai/gpt-5', null],
  ['2.', 'openai/gpt-5', null],
  ['1@work', 'anthropic/claude-sonnet-4-5', 'anthropic:work'],
  ['sonnet', 'anthropic/claude-sonnet-4-5', null],
  ['Sonnet', 'anthropic/claude-sonnet-4-5', null],
  ['openai/gpt-5-mini', 'openai/gpt-5-mini', null],
  ['OpenAI/GPT-5-mini', 'openai/gpt-5-mini', null],
  ['o4-mini', 'openai/o4-mini', null],
  ['claude-opus-4-5', 'anthropic/claude-opus-4-5', null],
  ['meta/llama-3.3', 'openrouter/meta/llama-3.3', null],
  ['gpt@default', 'openai/gpt-5', 'openai:default'],
  ['gpt@openai:default', 'openai/gpt-5', 'openai:default'],
  ['gpt@openai_api_key_2', 'openai/gpt-5', 'openai:OPENAI_API_KEY_2'],
  ['sonnet@me@work.test', 'anthropic/claude-sonnet-4-5', 'anthropic:me@work.test'],
  ['openrouter/vertex@20250101', 'openrouter/vertex@20250101', null],
  ['@work', 'anthropic/claude-opus-4-5', 'anthropic:work'],
])('%s is %s with %s', (wanted, model, profileId) => {
  expect(choose(wanted)).toEqual({ model, profileId, note: null })
})

test.each<[string, string, string, string?]>([
  ['9', 'not_found', 'there is no model 9: the list goes from 1 to 2'],
  ['0', 'not_found', 'there is no model 0: the list goes from 1 to 2'],
  ['sonet', 'not_found', 'unknown model "sonet" (did you mean sonnet?)'],
  ['antropic/claude-x', 'not_found', 'unknown model "antropic/claude-x" (did you mean anthropic/claude-x?)'],
  ['zebra', 'not_found', 'unknown model "zebra"', 'see the list: /model list, or write provider/model'],
  ['statsu', 'not_found', 'unknown model "statsu"', 'did you mean /model status?'],
  ['T-5', 'not_found', 'unknown model "T-5"', 'see the list: /model list t-5, or write provider/model'],
  ['antropic', 'not_found', 'unknown model "antropic"', 'see the list: /model list anthropic, or write provider/model'],
  ['nobody/zebra', 'not_found', 'unknown model "nobody/zebra"'],
  ['openai/', 'not_found', 'unknown model "openai/"'],
  [
    'openai/gpt-5-mimi',
    'not_found',
    'unknown model "openai/gpt-5-mimi" (did you mean openai/gpt-5-mini?)',
    'to use it all the same: /model openai/gpt-5-mimi!',
  ],
  [
    'shared',
    'usage',
    '"shared" is a model of several providers',
    'say which: /model openai/shared, /model openrouter/shared',
  ],
  ['sonnet@wrok', 'not_found', 'profile "wrok" not found', 'did you mean anthropic:work?'],
  ['sonnet@openai:default', 'usage', 'profile "openai:default" is for openai, not anthropic'],
  ['sonnet@default', 'usage', 'profile "default" is for openai, not anthropic'],
  ['sonnet@hers', 'usage', 'profile "hers" is for agent writer only'],
  ['sonnet@', 'usage', 'no credential is named behind the @'],
  ['zebra@work', 'not_found', 'unknown model "zebra"'],
  ['sk-ant-api03-0123456789abcdefghij', 'usage', 'what was typed could be a key'],
])('%s is refused', (wanted, code, message, hint) => {
  const refusal = refusalOf(() => choose(wanted))
  expect(refusal).toMatchObject({ code, message, ...(hint === undefined ? {} : { hint }) })
})

test('another version of a listed model is taken, and the user told', () => {
  expect(choose('anthropic/claude-sonnet-4-6')).toEqual({
    model: 'anthropic/claude-sonnet-4-6',
    profileId: null,
    note: 'anthropic does not list this model; it lists anthropic/claude-sonnet-4-5.',
  })
})

test('a model like none that is listed is taken, and the user told', () => {
  expect(choose('openai/ft:gpt-4:org::abc').note).toBe('openai does not list this model.')
})

test('a model that looks mistyped is taken with an exclamation mark', () => {
  expect(choose('openai/gpt-5-mimi', true).model).toBe('openai/gpt-5-mimi')
})

test('a model of a provider whose list is not at hand is taken unchecked, and the user told', () => {
  expect(choose('groq/llama-5')).toEqual({
    model: 'groq/llama-5',
    profileId: null,
    note: 'The list of groq is not at hand, so the name was not checked.',
  })
})

test('a version behind an @ is not taken for a credential', () => {
  expect(choose('groq/claude@20240620').model).toBe('groq/claude@20240620')
})

test('a credential alone needs a model in use', () => {
  expect(refusalOf(() => choose('@work', false, { current: null })).message).toMatch(/^no model is in use/)
})

test('only what lists decide is worth waiting for them', () => {
  const plain = ['2', 'sonnet', 'gpt@default', 'openai/gpt-5', '@work', 'far']
  expect(plain.filter((wanted) => !isClearWithoutLists(wanted, known))).toEqual([])
  expect(['groq/llama-5', 'zebra', 'zebra@work'].filter((wanted) => isClearWithoutLists(wanted, known))).toEqual([])
  expect(isClearWithoutLists('2', { ...known, shown: [] })).toBe(false)
})

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,30}$/)
const lists = fc.record({
  anthropic: fc.uniqueArray(name, { maxLength: 20 }),
  openai: fc.uniqueArray(name, { maxLength: 20 }),
  openrouter: fc.option(fc.uniqueArray(name, { maxLength: 40 })),
})

test('every number and every name of a list picks exactly that model', () => {
  fc.assert(
    fc.property(lists, fc.option(fc.constantFrom('openai', 'claude', 'a')), (given, filter) => {
      const offered = numberedModels(offerModels(listingOf(given), known.current, filter))
      const from = { ...known, listing: listingOf(given), shown: offered.map(({ model }) => model) }
      for (const { model, number, aliases } of offered) {
        for (const typed of [String(number), model, ...aliases]) {
          const command = parseModelCommand(`/model ${typed}`)
          expect(command.kind === 'pick' && chooseModel(command.wanted, false, from).model).toBe(model)
        }
      }
    }),
  )
})

test('whatever is wanted is found or refused with a name', () => {
  const wanted = fc.oneof(name, fc.string(), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(wanted, fc.boolean(), (text, anyway) => {
      try {
        expect(choose(text, anyway).model).toMatch(/^[a-z0-9-]+\/[!-~]+$/)
      } catch (error) {
        expect(error).toBeInstanceOf(TraseError)
      }
    }),
  )
})
