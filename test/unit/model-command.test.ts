// What is understood of what people type after `/model`.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ModelCommand, parseModelCommand } from '../../src/domain/model-command.ts'
import { TraseError } from '../../src/errors.ts'
import { refusalOf } from '../support/refusal-of.ts'

const pick = (wanted: string, anyway = false): ModelCommand => ({ kind: 'pick', wanted, anyway })
const list = (filter: string | null = null): ModelCommand => ({ kind: 'list', filter })

test.each<[string, ModelCommand]>([
  ['/model', list()],
  ['/model list', list()],
  ['/models', list()],
  ['/model list GPT  mini', list('gpt mini')],
  ['/model status', { kind: 'status' }],
  ['/model default', { kind: 'default' }],
  ['/model help', { kind: 'help' }],
  ['/model ?', { kind: 'help' }],
  ['/model 3', pick('3')],
  ['/model sonnet', pick('sonnet')],
  ['/model openai/gpt-5', pick('openai/gpt-5')],
  ['/model openai/gpt-5@openai:work', pick('openai/gpt-5@openai:work')],
  ['/model @work', pick('@work')],
  ['/model@work', pick('@work')],
  ['/model openai/gpt-6!', pick('openai/gpt-6', true)],
])('%s', (text, command) => {
  expect(parseModelCommand(text)).toEqual(command)
})

test.each([
  ['spaces', '   /model   sonnet@work  '],
  ['a tab and a newline at the end', '/model\tsonnet@work\r\n'],
  ['capitals in the command', '/MODEL sonnet@work'],
  ['spaces around the @', '/model sonnet @ work'],
  ['a full-width @', '/model sonnet\uff20work'],
  ['full-width characters all over', '\uff0f\uff4d\uff4f\uff44\uff45\uff4c\u3000sonnet@work'],
  ['quotes', '/model "sonnet@work"'],
  ["a telephone's quotes", '/model \u201csonnet\u201d@work'],
  ['backticks', '/model `sonnet@work`'],
  ['a zero-width space', '/model sonnet\u200b@work'],
  ['a colon behind the command', '/model: sonnet@work'],
])('%s make no difference', (_what, text) => {
  expect(parseModelCommand(text)).toEqual(pick('sonnet@work'))
})

test("a telephone's dash is a hyphen", () => {
  expect(parseModelCommand('/model openai/gpt\u20115')).toEqual(pick('openai/gpt-5'))
})

test.each([
  ['', 'an empty line is not a /model command'],
  ['hello', '"hello" is not a /model command'],
  ['/modelx', '"/modelx" is not a /model command'],
  ['model sonnet', '"model sonnet" is not a /model command'],
  ['/model status now', '/model status takes nothing more'],
  ['/model sonnet please', '/model takes one model, and "sonnet please" has spaces'],
])('%j is refused with what is understood', (text, message) => {
  expect(refusalOf(() => parseModelCommand(text))).toMatchObject({
    code: 'usage',
    message,
    hint: expect.stringMatching(/^understood: \/model, \/model list \[WORDS\]; /) as unknown,
  })
})

test('a key that was typed is not repeated', () => {
  const key = 'sk-ant-api03-0123456789abcdefghijklmnop'
  expect(refusalOf(() => parseModelCommand(`login ${key}`)).message).not.toContain('0123456789')
  expect(refusalOf(() => parseModelCommand(`/model ${key} ${key}`)).message).not.toContain('0123456789')
})

test('whatever is typed is a command or an error with a name', () => {
  const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.constantFrom('', '/model', '/model ', '/model list ', '/model @'), typed, (head, tail) => {
      try {
        const command = parseModelCommand(head + tail)
        if (command.kind === 'pick') expect(command.wanted).not.toMatch(/\s/)
      } catch (error) {
        expect(error).toBeInstanceOf(TraseError)
      }
    }),
  )
})
