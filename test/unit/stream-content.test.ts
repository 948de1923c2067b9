// Where generated content begins in a stream.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/domain/provider.ts'
import { isContentEvent } from '../../src/domain/stream-content.ts'

const chunk = (delta: unknown, more: object = {}) => ({
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, ...more }],
})

describe('before the content come', () => {
  test.each<[Dialect, string | undefined, unknown]>([
    ['anthropic', 'message_start', { type: 'message_start', message: { content: [] } }],
    ['anthropic', 'ping', { type: 'ping' }],
    [
      'anthropic',
      'content_block_start',
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ],
    ['anthropic', 'error', { type: 'error', error: { type: 'rate_limit_error' } }],
    ['openai', undefined, chunk({ role: 'assistant', content: '', refusal: null })],
    ['openai', undefined, { choices: [], prompt_filter_results: [] }],
    ['openai', 'response.created', { type: 'response.created', response: {} }],
    ['openai', 'response.in_progress', { type: 'response.in_progress', response: {} }],
    ['openai', 'response.failed', { type: 'response.failed', response: { error: {} } }],
    [
      'openai',
      undefined,
      { error: { code: 429, message: 'x' }, choices: [{ delta: { content: '' }, finish_reason: 'error' }] },
    ],
    ['openai', 'message_start', { type: 'message_start', message: {} }],
    ['google', undefined, { usageMetadata: {}, modelVersion: 'x' }],
    ['google', undefined, { candidates: [{ content: { role: 'model' }, index: 0 }] }],
    ['google', undefined, { candidates: [{ content: { parts: [{ text: '' }] } }] }],
  ])('%s %s %j', (dialect, name, data) => {
    expect(isContentEvent(dialect, name, data)).toBe(false)
  })
})

describe('content is', () => {
  test.each<[Dialect, string | undefined, unknown]>([
    ['anthropic', 'content_block_delta', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }],
    [
      'anthropic',
      'content_block_start',
      { type: 'content_block_start', content_block: { type: 'tool_use', name: 'x' } },
    ],
    ['anthropic', 'message_stop', { type: 'message_stop' }],
    ['openai', undefined, chunk({ content: 'Hi' })],
    ['openai', undefined, chunk({ tool_calls: [{ index: 0 }] })],
    ['openai', undefined, chunk({ reasoning_content: 'Hm' })],
    ['openai', undefined, chunk({}, { finish_reason: 'stop' })],
    ['openai', undefined, { choices: [{ text: 'Hi' }] }],
    ['openai', 'response.output_item.added', { type: 'response.output_item.added', item: {} }],
    ['openai', 'response.output_text.delta', { type: 'response.output_text.delta', delta: 'Hi' }],
    ['google', undefined, { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] }],
    ['google', undefined, { candidates: [{ content: { parts: [{ functionCall: {} }] } }] }],
    ['google', undefined, { candidates: [{ finishReason: 'SAFETY' }] }],
  ])('%s %s %j', (dialect, name, data) => {
    expect(isContentEvent(dialect, name, data)).toBe(true)
  })

  test.each([undefined, '[DONE]', 'text', { something: 'new' }, [1]])('anything unknown, such as %j', (data) => {
    expect(isContentEvent('openai', undefined, data)).toBe(true)
  })
})

test('no event makes it fail', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Dialect>('anthropic', 'openai', 'google'),
      fc.option(fc.string(), { nil: undefined }),
      fc.jsonValue(),
      (dialect, name, data) => {
        expect(typeof isContentEvent(dialect, name, data)).toBe('boolean')
      },
    ),
  )
})
