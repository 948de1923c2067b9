// Model references as people and programs write them.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProfileId } from '../../src/domain/ids.ts'
import { parseModelRef, type PinnedModel, splitModelPin } from '../../src/domain/model-ref.ts'

/** As the gateway answers it for one provider: an id, or a name without the provider. */
function pinOf(text: string, ...profileIds: readonly string[]): PinnedModel {
  return splitModelPin(text, (suffix) => {
    const found = profileIds.find((id) => id === suffix || id === `anthropic:${suffix}`)
    return found === undefined ? null : (found as ProfileId)
  })
}

describe('a model reference', () => {
  test.each([
    ['anthropic/claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5'],
    ['openrouter/anthropic/claude-sonnet-4-5', 'openrouter', 'anthropic/claude-sonnet-4-5'],
    ['sonnet', 'anthropic', 'claude-sonnet-4-5'],
  ])('%s is a model of %s', (text, provider, model) => {
    expect(parseModelRef(text, { sonnet: 'anthropic/claude-sonnet-4-5' })).toEqual({ provider, model })
  })

  test.each(['', 'claude', '/claude', 'anthropic/', 'anthropic/ ', 'Anthropic/claude', 'constructor', '__proto__'])(
    '%j is none',
    (text) => {
      expect(() => parseModelRef(text)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})

describe('a pin behind the model', () => {
  test('is a credential’s id or its name', () => {
    const expected = { model: 'claude', profileId: 'anthropic:work' }
    expect(pinOf('claude@work', 'anthropic:work')).toEqual(expected)
    expect(pinOf('claude@anthropic:work', 'anthropic:work')).toEqual(expected)
  })

  test('may be a variable or a member of a list', () => {
    expect(pinOf('claude@ANTHROPIC_API_KEYS#a1b2c3', 'anthropic:ANTHROPIC_API_KEYS#a1b2c3').model).toBe('claude')
  })

  test('is not taken from a model that holds an @ itself', () => {
    const model = 'claude-3-5-sonnet@20240620'
    expect(pinOf(model, 'anthropic:work')).toEqual({ model, profileId: null })
    expect(pinOf(`${model}@work`, 'anthropic:work')).toEqual({ model, profileId: 'anthropic:work' })
  })

  test('may hold an @ itself', () => {
    const expected = { model: 'claude', profileId: 'anthropic:me@work.test' }
    expect(pinOf('claude@me@work.test', 'anthropic:me@work.test', 'anthropic:work.test')).toEqual(expected)
  })

  test('needs a model before it', () => {
    expect(pinOf('@work', 'anthropic:work')).toEqual({ model: '@work', profileId: null })
  })

  test('is not looked for in a name that is longer than any model’s', () => {
    const text = `${'@'.repeat(600)}work`
    expect(pinOf(text, 'anthropic:work')).toEqual({ model: text, profileId: null })
  })

  test('is never invented: without known credentials the text stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(pinOf(text)).toEqual({ model: text, profileId: null })
      }),
    )
  })
})
