// The answers of the local provider server: good ones, every form of a rate limit, other errors, and broken connections.
import type { ServerResponse } from 'node:http'
import type { Behaviour, ProviderDialect, ReceivedRequest } from './provider-behaviour.ts'

/** Text of the model's answer. */
export const answerText = 'Hello from the provider.'

/** A whole answer, or a stream when the request asks for one. */
export function answerOk(): Behaviour {
  return (request, response) => {
    if (request.wantsStream) return writeEvents(response, [...streamHead(request), ...streamContent(request)])
    writeJson(response, 200, okBody(request), { 'request-id': 'req_ok' })
  }
}

/** The forms in which a provider says when its limit resets. */
export type ResetForm =
  | 'retry-after'
  | 'retry-after-date'
  | 'retry-after-ms'
  | 'anthropic'
  | 'x-ratelimit'
  | 'retry-info'
  | 'none'

interface RateLimit {
  readonly reset?: ResetForm
  readonly seconds?: number
  readonly mark?: string
}

/** 429 in the provider's shape. `mark` goes into the message, to tell answers apart. */
export function answerRateLimited({ reset = 'none', seconds = 60, mark = '' }: RateLimit = {}): Behaviour {
  return ({ dialect }, response) => {
    const at = new Date(Date.now() + seconds * 1_000)
    const headers: Readonly<Record<ResetForm, Record<string, string>>> = {
      'retry-after': { 'retry-after': String(seconds) },
      'retry-after-date': { 'retry-after': at.toUTCString() },
      'retry-after-ms': { 'retry-after-ms': String(seconds * 1_000) },
      anthropic: {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': at.toISOString(),
      },
      'x-ratelimit': { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': `${seconds}s` },
      'retry-info': {},
      none: {},
    }
    const details =
      reset === 'retry-info' ? [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }] : []
    writeJson(
      response,
      429,
      errorBody(dialect, 429, `This request would exceed your rate limit. ${mark}`.trim(), details),
      headers[reset],
    )
  }
}

/** An error that says nothing of limits: 400, 401, 402, 403, 500, 529 … */
export function answerError(status: number, message = `failure ${status}`): Behaviour {
  return ({ dialect }, response) =>
    writeJson(response, status, errorBody(dialect, status, message), { 'request-id': `req_${status}` })
}

/** Status 200, a stream, and in it a rate limit: before any content, or after some. */
export function answerLimitedInStream({ afterContent = false } = {}): Behaviour {
  return (request, response) => {
    const content = afterContent ? streamContent(request).slice(0, 1) : []
    writeEvents(response, [...streamHead(request), ...content, errorEvent(request.dialect)])
  }
}

/** Any status, headers and bytes, as they are. */
export function answerRaw(status: number, headers: readonly string[], body: string | Buffer): Behaviour {
  return (_request, response) => {
    response.writeHead(status, [...headers])
    response.end(body)
  }
}

/** Accepts the request and says nothing. */
export function answerNever(): Behaviour {
  return () => undefined
}

/** Cuts the connection: before an answer, or after these bytes of a body that was to be longer. */
export function answerReset(afterBytes: string | null = null): Behaviour {
  return (_request, response) => {
    if (afterBytes === null) return void response.destroy()
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000000' })
    response.write(afterBytes, () => response.destroy())
  }
}

/** A whole JSON answer with its length. */
export function writeJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

export function writeEvents(response: ServerResponse, events: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const event of events) response.write(event)
  response.end()
}

const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
const usage = { input_tokens: 3, output_tokens: 5 }
const chunk = (delta: object, finish: string | null): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-5',
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const candidate = (text: string, finishReason?: string): object => ({
  candidates: [
    {
      index: 0,
      content: { role: 'model', parts: [{ text }] },
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  ],
})

function okBody({ dialect }: ReceivedRequest): unknown {
  switch (dialect) {
    case 'anthropic':
      return {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [{ type: 'text', text: answerText }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage,
      }
    case 'openai':
      return {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpt-5',
        choices: [{ index: 0, message: { role: 'assistant', content: answerText }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
      }
    case 'google':
      return candidate(answerText, 'STOP')
  }
}

/** What comes before content. Google's stream starts with content. */
export function streamHead({ dialect }: Pick<ReceivedRequest, 'dialect'>): string[] {
  if (dialect === 'google') return []
  if (dialect === 'openai') return [event(chunk({ role: 'assistant', content: '' }, null))]
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  }
  return [event({ type: 'message_start', message }, 'message_start'), event({ type: 'ping' }, 'ping')]
}

/** The content, in two pieces, and the end. */
export function streamContent({ dialect }: Pick<ReceivedRequest, 'dialect'>): string[] {
  const [first, second] = [answerText.slice(0, 6), answerText.slice(6)]
  if (dialect === 'google') return [event(candidate(first)), event(candidate(second, 'STOP'))]
  if (dialect === 'openai')
    return [
      event(chunk({ content: first }, null)),
      event(chunk({ content: second }, null)),
      event(chunk({}, 'stop')),
      'data: [DONE]\n\n',
    ]
  const delta = (text: string): string =>
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 'content_block_delta')
  return [
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start') +
      delta(first),
    delta(second),
    event({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
    event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }, 'message_delta'),
    event({ type: 'message_stop' }, 'message_stop'),
  ]
}

function errorEvent(dialect: ProviderDialect): string {
  const body = errorBody(dialect, 429, 'This request would exceed your rate limit.')
  return event(body, dialect === 'anthropic' ? 'error' : undefined)
}

/** Type, code and status names of the providers' error pages. */
const errorNames: Readonly<Record<number, readonly [anthropic: string, openai: string, google: string]>> = {
  400: ['invalid_request_error', 'invalid_request_error', 'INVALID_ARGUMENT'],
  401: ['authentication_error', 'invalid_api_key', 'UNAUTHENTICATED'],
  402: ['billing_error', 'billing_not_active', 'FAILED_PRECONDITION'],
  403: ['permission_error', 'permission_denied', 'PERMISSION_DENIED'],
  429: ['rate_limit_error', 'rate_limit_exceeded', 'RESOURCE_EXHAUSTED'],
  500: ['api_error', 'server_error', 'INTERNAL'],
  529: ['overloaded_error', 'server_error', 'UNAVAILABLE'],
}

function errorBody(
  dialect: ProviderDialect,
  status: number,
  message: string,
  details: readonly unknown[] = [],
): unknown {
  const [anthropic, openai, google] = errorNames[status] ?? ['api_error', 'server_error', 'UNKNOWN']
  switch (dialect) {
    case 'anthropic':
      return { type: 'error', error: { type: anthropic, message }, request_id: `req_${status}` }
    case 'openai':
      return { error: { message, type: openai, param: null, code: openai } }
    case 'google':
      return { error: { code: status, message, status: google, details } }
  }
}
