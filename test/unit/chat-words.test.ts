// The pure parts of a chat: what is kept of a conversation, what a stream says, what a line means, and words for failures.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { saidIn } from '../../src/cli/interactive/chat/completion-events.ts'
import {
  asUnanswered,
  conversationBytesMax,
  isUnanswered,
  newConversation,
  withAnswer,
  withQuestion,
} from '../../src/cli/interactive/chat/conversation.ts'
import { answerFailure, eventFailure } from '../../src/cli/interactive/chat/failure-words.ts'
import { openCleaner } from '../../src/cli/interactive/chat/screen.ts'
import { servedLine } from '../../src/cli/interactive/chat/served-line.ts'
import { completeCommand, readLine } from '../../src/cli/interactive/chat/slash-commands.ts'
import { printable } from '../../src/cli/render/printable.ts'

const head = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  header: (name: string) => headers[name] ?? null,
  profileId: 'openai:work',
  attempts: 1,
  fallback: null,
})

describe('a conversation', () => {
  it('keeps the system text in front, and an unanswered question gives way to the next', () => {
    const asked = withQuestion(withQuestion(newConversation('be brief'), 'one'), 'two')
    expect(asked.messages.map(({ content }) => content)).toEqual(['be brief', 'two'])
    expect(isUnanswered(asked)).toBe(true)
    expect(isUnanswered(withAnswer(asked, 'yes', false))).toBe(false)
  })

  it('can ask its last question again, without the answer it had', () => {
    const answered = withAnswer(withQuestion(newConversation(null), 'one'), 'yes', false)
    expect(asUnanswered(answered)).toEqual(withQuestion(newConversation(null), 'one'))
    expect(asUnanswered(newConversation('be brief'))).toBeNull()
  })

  it('does not grow beyond its limit, and is as it was after a refusal', () => {
    const answered = withAnswer(withQuestion(newConversation(null), 'x'.repeat(conversationBytesMax)), 'yes', false)
    expect(() => withQuestion(answered, 'more')).toThrow('the conversation would have more than')
    expect(() => withQuestion(newConversation(null), 'x'.repeat(conversationBytesMax + 1))).toThrow('the message has')
  })
})

describe('a line', () => {
  it.each([
    ['hello', { kind: 'message', text: 'hello' }],
    ['  ', { kind: 'empty' }],
    ['//etc', { kind: 'message', text: '/etc' }],
    ['/model gpt@work', { kind: 'command', name: 'model', text: '/model gpt@work' }],
    ['/MODELS', { kind: 'command', name: 'model', text: '/MODELS' }],
    ['/exit', { kind: 'command', name: 'quit', text: '/exit' }],
    ['/?', { kind: 'command', name: 'help', text: '/?' }],
  ])('%j', (text, meaning) => {
    expect(readLine(text)).toEqual(meaning)
  })

  it.each(['/nosuch', '/new now', '/', '/__proto__', '/etc/hosts'])('%j is refused', (text) => {
    expect(() => readLine(text)).toThrow(/there is no command|takes nothing more/)
  })

  it('is completed where there is one command that it begins', () => {
    expect(completeCommand('/mo')).toBe('/model ')
    expect(completeCommand('/q')).toBe('/quit')
    expect(completeCommand('/')).toBeNull()
    expect(completeCommand('hello')).toBeNull()
  })
})

it('a completion of any shape is read without a throw, and only text is text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(saidIn(value).text).toEqual(expect.any(String))
    }),
  )
  expect(saidIn({ choices: [{ delta: { content: 7, reasoning: 'hm' }, finish_reason: 'length' }] })).toEqual({
    text: '',
    isThinking: true,
    finish: 'length',
    usage: null,
  })
  expect(saidIn({ usage: { prompt_tokens: 3, completion_tokens: -1 } }).usage).toEqual({ input: 3, output: null })
})

it('an answer is cleaned the same, however it is cut', () => {
  const characters = fc.string({
    unit: fc.constantFrom('a', '\r', '\n', '\u001b', '\t', '😀', '\u202e'),
    maxLength: 20,
  })
  fc.assert(
    fc.property(characters, fc.nat(20), (text, cut) => {
      const cleaner = openCleaner()
      const shown = cleaner.push(text.slice(0, cut)) + cleaner.push(text.slice(cut)) + cleaner.end()
      expect(shown).toBe(printable(text.replaceAll('\r\n', '\n')))
      expect(shown).not.toMatch(/[\u001b\r\u202e]/)
    }),
  )
})

describe('the line below an answer', () => {
  const answer = {
    text: 'Fine.',
    cut: null,
    finish: 'stop',
    head: head(200),
    usage: { input: 12, output: 345 },
    firstTextMs: 420,
    totalMs: 12_345,
  }

  it('says who served it, and what it took', () => {
    const line = 'openai:work · openai/gpt-5 · 12 in, 345 out · first 0.42s · 12.3s'
    expect(servedLine(answer, 'openai/gpt-5', null)).toBe(line)
  })

  it('says when it took more than one credential, cost money, or is not whole', () => {
    const odd = { ...answer, finish: 'length', head: { ...head(200), attempts: 3, fallback: 'paid' } }
    expect(servedLine(odd, 'openai/gpt-5', null)).toContain(
      '3 attempts · a paid key in place of a subscription · cut off at the limit of its length',
    )
  })

  it('is broken between its parts', () => {
    for (const line of servedLine(answer, 'openai/gpt-5', 30).split('\n')) expect(line.length).toBeLessThanOrEqual(30)
  })
})

describe('a failure', () => {
  const model = 'openai/gpt-5'
  it('of the gateway has its own words and hint', () => {
    const error = {
      message: 'traseai: there is no credential for openai (add one: traseai env set OPENAI_API_KEY)',
      traseai: { code: 'no_credentials', hint: 'add one: traseai env set OPENAI_API_KEY' },
    }
    expect(answerFailure({ head: head(503), model, body: JSON.stringify({ error }) })).toMatchObject({
      code: 'no_credentials',
      message: 'there is no credential for openai',
      hint: 'add one: traseai env set OPENAI_API_KEY',
    })
  })

  it('of a provider says whose credential, what, and when to try again, on one line', () => {
    const body = JSON.stringify({ error: { message: 'Too\nmany, sk-test-0123456789abcdefAAAA' } })
    expect(answerFailure({ head: head(429, { 'retry-after': '12' }), model, body })).toMatchObject({
      code: 'rate_limited',
      message: 'openai limits the rate of openai:work: Too many, sk-…',
      hint: 'try again in 12s',
    })
  })

  it.each([
    [401, 'credential_refused'],
    [404, 'not_found'],
    [422, 'request_refused'],
    [529, 'provider_failed'],
  ])('%i is %s', (status, code) => {
    expect(answerFailure({ head: head(status), model, body: '' })).toMatchObject({ code })
  })

  it('in a stream is known by its event, and nothing else is one', () => {
    expect(eventFailure('', { choices: [] }, { head: head(200), model })).toBeNull()
    expect(eventFailure('', { error: { message: 'overloaded' } }, { head: head(200), model })).toMatchObject({
      code: 'provider_failed',
    })
    const limit = { error: { type: 'rate_limit_error', message: 'This would exceed your rate limit.' } }
    expect(eventFailure('error', limit, { head: head(200), model })).toMatchObject({ code: 'rate_limited' })
    expect(eventFailure('error', { code: 429, message: 'slow down' }, { head: head(200), model })).toMatchObject({
      code: 'rate_limited',
    })
  })
})
