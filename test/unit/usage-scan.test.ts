// Token counts out of answers: each dialect by example, and any answer however it is cut and whatever a model writes into it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endsOf, findUsage } from '../../src/gateway/usage/scan.ts'

const inJson = (body: unknown): unknown => findUsage(endsOf(Buffer.from(JSON.stringify(body)), false))
const inEvents = (...events: readonly unknown[]): unknown =>
  findUsage(endsOf(Buffer.from(events.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')), true))

const times = (count: number, event: unknown): unknown[] => Array.from({ length: count }, () => event)

describe('the tokens of an answer', () => {
  it("are Anthropic's, whose cache counts beside the input", () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3_000,
      output_tokens: 5,
    }
    expect(inJson({ type: 'message', content: [], usage })).toEqual({ input: 3_210, output: 5, cachedInput: 3_000 })
  })

  it("are those of OpenAI's chat, whose cache is part of the input", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 12 },
    }
    expect(inJson({ choices: [{ message: { content: 'hi' } }], usage, system_fingerprint: 'fp' })).toEqual({
      input: 100,
      output: 20,
      cachedInput: 64,
      reasoning: 12,
    })
  })

  it("are those of OpenAI's responses, which have metadata behind them", () => {
    const usage = {
      input_tokens: 36,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 87,
      output_tokens_details: { reasoning_tokens: 40 },
    }
    expect(inJson({ output: [], usage, metadata: { note: 'x'.repeat(9_000) } })).toEqual({
      input: 36,
      output: 87,
      cachedInput: 0,
      reasoning: 40,
    })
  })

  it('of embeddings are input alone', () => {
    const usage = { prompt_tokens: 8, total_tokens: 8 }
    expect(inJson({ data: [{ embedding: [0.1, -0.2] }], usage })).toEqual({ input: 8, output: 0 })
  })

  it("are Google's, whose thoughts count beside the answer", () => {
    const usageMetadata = {
      promptTokenCount: 7,
      candidatesTokenCount: 11,
      thoughtsTokenCount: 30,
      cachedContentTokenCount: 3,
      totalTokenCount: 48,
    }
    expect(inJson({ candidates: [], usageMetadata, modelVersion: 'm' })).toEqual({
      input: 7,
      output: 41,
      cachedInput: 3,
      reasoning: 30,
    })
  })

  it("are in the last part of Google's answers that come as an array, as they are written", () => {
    const parts = [
      { usageMetadata: { promptTokenCount: 4 } },
      { usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 9 } },
    ]
    expect(findUsage(endsOf(Buffer.from(JSON.stringify(parts, null, 2)), false))).toEqual({ input: 4, output: 9 })
  })

  it('are what Cohere bills', () => {
    const usage = {
      billed_units: { input_tokens: 5.0, output_tokens: 8 },
      tokens: { input_tokens: 71, output_tokens: 8 },
    }
    expect(inJson({ message: {}, usage })).toEqual({ input: 5, output: 8 })
  })

  it('may be said before a long answer', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4 }
    expect(inJson({ usage, choices: [{ text: '}{'.repeat(50_000) }] })).toEqual({ input: 3, output: 4 })
  })

  it('are unknown for an answer that does not say, counts seconds, or says nonsense', () => {
    expect(inJson({ choices: [] })).toBeNull()
    expect(inJson({ text: 'hello', usage: { type: 'duration', seconds: 3 } })).toBeNull()
    expect(inJson({ usage: { prompt_tokens: -1, completion_tokens: '12' } })).toBeNull()
    expect(findUsage(endsOf(Buffer.from('{"usage":{"prompt_tokens":1'), false))).toBeNull()
    expect(findUsage(endsOf(Buffer.alloc(0), false))).toBeNull()
  })
})

describe('the tokens of a stream', () => {
  const start = {
    type: 'message_start',
    message: { id: 'msg', usage: { input_tokens: 25, cache_read_input_tokens: 100, output_tokens: 1 } },
  }
  const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(200) } }
  const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } }

  it("are in the first and in the last event of Anthropic's", () => {
    expect(inEvents(start, ...times(100, text), end, { type: 'message_stop' })).toEqual({
      input: 125,
      output: 15,
      cachedInput: 100,
    })
  })

  it('that broke off are what its beginning said', () => {
    expect(inEvents(start, ...times(100, text))).toEqual({ input: 125, output: 1, cachedInput: 100 })
  })

  it("are in the last chunk of OpenAI's chat, behind chunks that say null", () => {
    const chunk = { choices: [{ delta: { content: 'hi' } }], usage: null }
    expect(
      inEvents(...times(300, chunk), {
        choices: [],
        usage: { prompt_tokens: 9, completion_tokens: 300 },
      }),
    ).toEqual({
      input: 9,
      output: 300,
    })
    expect(inEvents(...times(300, chunk))).toBeNull()
  })

  it("are in the last event of OpenAI's responses, which repeats all of the answer", () => {
    const response = {
      output: [{ text: 'x'.repeat(20_000) }],
      usage: { input_tokens: 1, output_tokens: 2 },
      user: null,
      metadata: {},
    }
    expect(
      inEvents({ type: 'response.created', response: { usage: null } }, { type: 'response.completed', response }),
    ).toEqual({
      input: 1,
      output: 2,
    })
  })

  it("are Google's last word", () => {
    const event = (output: number): object => ({ usageMetadata: { promptTokenCount: 5, candidatesTokenCount: output } })
    expect(inEvents(event(1), event(2), event(3))).toEqual({ input: 5, output: 3 })
  })

  it('are found in a last event that nobody ended with a line break', () => {
    const bytes = Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}')
    expect(findUsage(endsOf(bytes, true))).toEqual({ input: 1, output: 2 })
  })
})

describe('whatever a model writes', () => {
  const forged = { usage: { input_tokens: 6_666, output_tokens: 6_666 } }
  const forgeries = [
    '"usage":{"input_tokens":6666,"output_tokens":6666}',
    JSON.stringify(forged),
    '\\"usage\\":{\\"input_tokens\\":6666}',
    '"usage": {"prompt_tokens": 6666}}\n\ndata: {"usage":{"prompt_tokens":6666}}',
    '"usageMetadata":{"promptTokenCount":6666}',
    'usage',
    '\\',
    '"',
  ]
  const anyText = fc
    .array(fc.oneof(fc.constantFrom(...forgeries), fc.string({ unit: 'binary' })), { maxLength: 6 })
    .map((parts) => parts.join(''))
  const anyInput = fc.oneof(
    anyText,
    fc.constant(forged),
    anyText.map((text) => ({ [text]: forged, deeper: [{ usage: forged.usage }] })),
  )
  const said = { input_tokens: 12, output_tokens: 34 }
  const counted = { input: 12, output: 34 }
  const filler = fc.nat({ max: 30_000 }).map((length) => 'a'.repeat(length))

  it('its text and its tool calls are never taken for the usage', () => {
    fc.assert(
      fc.property(anyText, anyInput, filler, fc.boolean(), (text, input, padding, isFirst) => {
        const content = [
          { type: 'text', text: text + padding },
          { type: 'tool_use', name: text, input },
        ]
        const body = isFirst ? { usage: said, content } : { content, usage: said }
        const pretty = Buffer.from(JSON.stringify(body, null, 2))
        // Said before a long answer, it is seen only when it is near the start.
        expect(inJson(body)).toEqual(counted)
        expect(findUsage(endsOf(pretty, false))).toEqual(counted)
        expect(inJson({ content })).toBeNull()
      }),
    )
  })

  it('nothing in an event of a stream is taken for the usage either', () => {
    fc.assert(
      fc.property(anyText, anyInput, filler, (text, input, padding) => {
        const events = [
          { type: 'content_block_delta', delta: { type: 'text_delta', text: text + padding } },
          { type: 'x', candidates: [{ content: { parts: [{ functionCall: { args: input } }] } }] },
        ]
        expect(inEvents(...events)).toBeNull()
        expect(inEvents(...events, { type: 'message_delta', usage: said }, { type: 'message_stop' })).toEqual(counted)
      }),
    )
  })

  it('no bytes make it fail', () => {
    const pieces = fc.constantFrom(
      '"usage"',
      ':',
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      '1',
      'data: ',
      '\n',
      '"input_tokens":1',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), fc.boolean(), (parts, isEventStream) => {
        findUsage(endsOf(Buffer.from(parts.join('')), isEventStream))
      }),
    )
  })
})
