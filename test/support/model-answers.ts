// What a model says, as each provider writes it: a text or a call of a tool, whole or as events.
import type { ProviderDialect } from './provider-behaviour.ts'

/** Characters of one to four bytes. */
export const spokenText = 'Grüße aus Zürich: 世界 🌍 ok'
export const toolName = 'get_weather'
export const toolInput = { city: 'Zürich', days: 3, note: 'テスト 🌦', more: { a: [1, 2.5, null], b: '"\\\n' } }

export interface ModelAnswer {
  readonly json: unknown
  /** Server-sent events before any content. */
  readonly preamble: readonly string[]
  /** Server-sent events from the first content to the end. */
  readonly content: readonly string[]
}

export function modelAnswer(dialect: ProviderDialect, what: 'text' | 'tool'): ModelAnswer {
  return answers[dialect][what]()
}

/** In a few pieces that cut words, not characters: what cuts characters is how they are sent. */
function pieces(text: string): string[] {
  return [...text].reduce<string[]>((all, character, i) => {
    if (i % 7 === 0) all.push('')
    return [...all.slice(0, -1), (all.at(-1) ?? '') + character]
  }, [])
}

const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

const usage = { input_tokens: 3, output_tokens: 5 }
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test', stop_sequence: null, usage }
const named = (type: string, data: object = {}): string => event({ type, ...data }, type)

function anthropic(block: object, start: object, deltas: readonly object[], stop: string): ModelAnswer {
  return {
    json: { ...message, content: [block], stop_reason: stop },
    preamble: [named('message_start', { message: { ...message, content: [], stop_reason: null } }), named('ping')],
    content: [
      named('content_block_start', { index: 0, content_block: start }),
      ...deltas.map((delta) => named('content_block_delta', { index: 0, delta })),
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: stop, stop_sequence: null }, usage }),
      named('message_stop'),
    ],
  }
}

const completion = { id: 'chatcmpl-1', created: 1, model: 'gpt-test' }
const chunk = (delta: object, finish: string | null = null): string =>
  event({ ...completion, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })

function openai(said: object, deltas: readonly object[], finish: string): ModelAnswer {
  const choice = {
    index: 0,
    message: { role: 'assistant', content: null, refusal: null, ...said },
    finish_reason: finish,
  }
  return {
    json: { ...completion, object: 'chat.completion', choices: [choice] },
    preamble: [chunk({ role: 'assistant', content: '' })],
    content: [...deltas.map((delta) => chunk(delta)), chunk({}, finish), event('[DONE]')],
  }
}

function google(parts: readonly object[]): ModelAnswer {
  const candidate = (given: readonly object[], finishReason?: string): object => ({
    candidates: [{ index: 0, content: { role: 'model', parts: given }, ...(finishReason ? { finishReason } : {}) }],
  })
  return {
    json: candidate(parts, 'STOP'),
    preamble: [],
    content: parts.map((part, i) => event(candidate([part], i + 1 === parts.length ? 'STOP' : undefined))),
  }
}

const input = JSON.stringify(toolInput)
const call = { id: 'call_1', type: 'function', function: { name: toolName, arguments: input } }

const answers: Readonly<Record<ProviderDialect, Readonly<Record<'text' | 'tool', () => ModelAnswer>>>> = {
  anthropic: {
    text: () =>
      anthropic(
        { type: 'text', text: spokenText },
        { type: 'text', text: '' },
        pieces(spokenText).map((text) => ({ type: 'text_delta', text })),
        'end_turn',
      ),
    tool: () =>
      anthropic(
        { type: 'tool_use', id: 'toolu_1', name: toolName, input: toolInput },
        { type: 'tool_use', id: 'toolu_1', name: toolName, input: {} },
        pieces(input).map((json) => ({ type: 'input_json_delta', partial_json: json })),
        'tool_use',
      ),
  },
  openai: {
    text: () =>
      openai(
        { content: spokenText },
        pieces(spokenText).map((content) => ({ content })),
        'stop',
      ),
    tool: () =>
      openai(
        { tool_calls: [call] },
        [
          { tool_calls: [{ index: 0, ...call, function: { name: toolName, arguments: '' } }] },
          ...pieces(input).map((part) => ({ tool_calls: [{ index: 0, function: { arguments: part } }] })),
        ],
        'tool_calls',
      ),
  },
  google: {
    text: () => google(pieces(spokenText).map((text) => ({ text }))),
    tool: () => google([{ functionCall: { name: toolName, args: toolInput } }]),
  },
}
