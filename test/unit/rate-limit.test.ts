// What answers and stream events say about a credential.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/domain/provider.ts'
import { classifyAnswer, classifyStreamEvent } from '../../src/domain/rate-limit.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

function answer(
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  dialect: Dialect = 'openai',
) {
  return classifyAnswer({ dialect, status, headers: (name) => headers[name], body, now })
}

const anthropicError = (type: string, message = '') => ({ type: 'error', error: { type, message } })
const openaiError = (code: string | null, message: string, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code },
})
const googleError = (code: number, status: string, message: string, details: readonly unknown[] = []) => ({
  error: { code, status, message, details },
})
const googleQuota = 'You exceeded your current quota, please check your plan and billing details.'

describe('a rate limit is', () => {
  test('any 429, with or without a body', () => {
    for (const body of [undefined, {}, 'slow down', null, [], { detail: 'no' }]) {
      expect(answer(429, body)).toMatchObject({ class: 'rate_limited', tryNext: true, retryAfterMs: null })
    }
  })

  test.each<[string, number, unknown]>([
    ['Anthropic’s type', 400, anthropicError('rate_limit_error', 'This request would exceed your limit')],
    ['OpenAI’s code', 400, openaiError('rate_limit_exceeded', 'Slow down')],
    ['Mistral’s type', 500, { object: 'error', message: 'x', type: 'rate_limited', code: '1300' }],
    ['Google’s status', 503, googleError(503, 'RESOURCE_EXHAUSTED', 'x')],
    ['Google’s quota as 403', 403, googleError(403, 'PERMISSION_DENIED', googleQuota)],
    ['Google’s reason as 403', 403, { error: { code: 'rateLimitExceeded', message: 'x' } }],
    ['Cohere’s message', 403, { message: 'You are using a trial key: too many requests' }],
    ['Hugging Face’s text', 503, { error: 'Rate limit reached. Please log in' }],
    ['plain text', 503, 'Too Many Requests'],
    ['throttling', 400, { type: 'ThrottlingException', message: 'x' }],
    ['a quota in words', 400, openaiError(null, 'Quota exceeded for quota metric requests')],
    ['an array of errors', 400, [googleError(400, 'RESOURCE_EXHAUSTED', 'x')]],
    ['exhausted resources in words', 500, { message: 'Resource has been exhausted (e.g. check quota).' }],
  ])('%s, whatever the status', (_what, status, body) => {
    expect(answer(status, body)).toMatchObject({ class: 'rate_limited', tryNext: true })
  })

  test('Google’s 429, though it speaks of billing', () => {
    expect(answer(429, googleError(429, 'RESOURCE_EXHAUSTED', googleQuota), {}, 'google').class).toBe('rate_limited')
  })

  test('with the reset the provider states', () => {
    expect(answer(429, undefined, { 'retry-after': '12' }).retryAfterMs).toBe(12_000)
  })
})

describe('no rate limit is', () => {
  test.each<[string, number, unknown]>([
    ['an overloaded provider', 529, anthropicError('overloaded_error', 'Overloaded')],
    ['a server error', 500, openaiError(null, 'The server had an error', 'server_error')],
    ['an engine that is overloaded', 503, openaiError(null, 'The engine is currently overloaded')],
    ['a bad gateway without a body', 502, undefined],
    ['the page of a proxy', 502, '<html><title>Bad gateway</title> Perhaps a rate limit was exceeded.'],
    ['a wrong request', 400, anthropicError('invalid_request_error', 'max_tokens: required')],
    [
      'a name the request chose',
      400,
      openaiError(null, "Invalid schema for function 'get_rate_limit': 'quota exceeded'"),
    ],
    ['a model that is not there', 404, openaiError('model_not_found', 'The model `rate-limit-1` does not exist')],
    [
      'a limit of tokens in the request',
      400,
      openaiError('context_length_exceeded', "This model's maximum context length is 8192 tokens"),
    ],
  ])('%s', (_what, status, body) => {
    expect(answer(status, body)).toEqual({ class: 'other', tryNext: false, retryAfterMs: null, scope: 'credential' })
  })

  test('content that speaks of one, in a good answer', () => {
    for (const body of [
      anthropicError('rate_limit_error'),
      { choices: [{ message: { content: 'rate limit exceeded' } }] },
    ]) {
      expect(answer(200, body).class).toBe('ok')
    }
  })
})

describe('unauthorized is', () => {
  test.each<[number, unknown]>([
    [401, anthropicError('authentication_error', 'invalid x-api-key')],
    [401, openaiError('invalid_api_key', 'Incorrect API key provided: too many requests')],
    [403, anthropicError('permission_error', 'Your API key does not have permission')],
    [403, undefined],
  ])('%i', (status, body) => {
    expect(answer(status, body)).toMatchObject({ class: 'unauthorized', tryNext: false, scope: 'credential' })
  })
})

describe('billing is', () => {
  test.each<[string, number, unknown]>([
    ['any 402', 402, undefined],
    ['402, whatever the words', 402, { error: 'You have exceeded your monthly quota' }],
    ['Anthropic’s type', 402, anthropicError('billing_error')],
    [
      'Anthropic’s credit balance as 400',
      400,
      anthropicError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
    ],
    [
      'OpenAI’s hard limit as 400',
      400,
      openaiError('billing_hard_limit_reached', 'Billing hard limit has been reached'),
    ],
    ['OpenRouter’s credits', 403, { error: { code: 403, message: 'Insufficient credits' } }],
    ['xAI’s credits as 403', 403, { code: 'x', error: 'Your team has used all available credits' }],
  ])('%s: it is returned as it came', (_what, status, body) => {
    expect(answer(status, body)).toMatchObject({ class: 'billing', tryNext: false, retryAfterMs: null })
  })

  test.each<[string, unknown]>([
    ['OpenAI’s insufficient_quota', openaiError('insufficient_quota', googleQuota, 'insufficient_quota')],
    ['Moonshot’s account', { error: { type: 'exceeded_current_quota_error', message: 'suspended' } }],
    ['Z.AI’s balance', { error: { code: '1113', message: 'Insufficient balance or no resource package' } }],
  ])('%s as 429: the next key is tried, and this one is blocked for billing', (_what, body) => {
    expect(answer(429, body, { 'retry-after': '1' })).toEqual({
      class: 'billing',
      tryNext: true,
      retryAfterMs: null,
      scope: 'credential',
    })
  })
})

describe('the scope of a rate limit', () => {
  test('is the model, unless the provider says otherwise', () => {
    expect(answer(429).scope).toBe('model')
    expect(answer(429, anthropicError('rate_limit_error'), {}, 'anthropic').scope).toBe('model')
  })

  test.each([
    ['five_hour', 'credential'],
    ['seven_day', 'credential'],
    ['seven_day_opus', 'model'],
  ])('of a subscription’s window %s is the %s', (claim, scope) => {
    const headers = {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-representative-claim': claim,
    }
    expect(answer(429, undefined, headers, 'anthropic').scope).toBe(scope)
  })

  test.each([
    [['GenerateRequestsPerDayPerProjectPerModel-FreeTier'], 'model'],
    [['GenerateRequestsPerMinutePerProject'], 'credential'],
    [['GenerateRequestsPerMinutePerProject', 'GenerateTokensPerProjectPerModel'], 'model'],
  ])('of Google’s quotas %j is the %s', (quotaIds, scope) => {
    const violations = quotaIds.map((quotaId) => ({ quotaId }))
    const details = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations }]
    expect(answer(429, googleError(429, 'RESOURCE_EXHAUSTED', 'x', details), {}, 'google').scope).toBe(scope)
  })
})

describe('an event in a stream', () => {
  test.each<[string, Dialect, string | undefined, unknown]>([
    ['Anthropic’s', 'anthropic', 'error', anthropicError('rate_limit_error', 'x')],
    ['OpenAI’s', 'openai', undefined, openaiError('rate_limit_exceeded', 'x')],
    ['the Responses API’s', 'openai', 'error', { type: 'error', code: 'rate_limit_exceeded', message: 'x' }],
    [
      'a failed response’s',
      'openai',
      'response.failed',
      { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'x' } } },
    ],
    [
      'OpenRouter’s',
      'openai',
      undefined,
      {
        error: { code: 429, message: 'Provider returned error' },
        choices: [{ delta: { content: '' }, finish_reason: 'error' }],
      },
    ],
    ['Google’s', 'google', undefined, googleError(429, 'RESOURCE_EXHAUSTED', 'x')],
    ['bare text as', 'openai', 'error', 'Too many requests'],
    ['Anthropic’s at another provider,', 'openai', 'error', anthropicError('rate_limit_error', 'x')],
  ])('%s rate limit', (_what, dialect, name, data) => {
    expect(classifyStreamEvent(dialect, name, data, now)).toMatchObject({ class: 'rate_limited', tryNext: true })
  })

  test('has Google’s delay', () => {
    const data = googleError(429, 'RESOURCE_EXHAUSTED', 'x', [
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' },
    ])
    expect(classifyStreamEvent('google', undefined, data, now)?.retryAfterMs).toBe(3_000)
  })

  test.each<[string, string | undefined, unknown]>([
    ['other', 'error', anthropicError('overloaded_error', 'Overloaded')],
    ['other', undefined, { error: { code: 502, message: 'x' } }],
    ['unauthorized', 'error', anthropicError('authentication_error', 'x')],
    ['unauthorized', undefined, { error: { code: 401, message: 'x' } }],
    ['billing', undefined, { error: { code: 402, message: 'x' } }],
  ])('that is an error of another kind: %s', (expected, name, data) => {
    expect(classifyStreamEvent('anthropic', name, data, now)).toMatchObject({ class: expected, tryNext: false })
  })

  test.each<[string | undefined, unknown]>([
    ['message_start', { type: 'message_start', message: {} }],
    [
      'content_block_delta',
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'rate limit exceeded' } },
    ],
    [undefined, { choices: [{ delta: { content: 'too many requests' } }] }],
    [undefined, { choices: [], error: null }],
    ['response.completed', { type: 'response.completed', response: { error: null } }],
    [undefined, { candidates: [{ content: { parts: [{ text: 'RESOURCE_EXHAUSTED' }] } }] }],
    [undefined, '[DONE]'],
    [undefined, undefined],
  ])('%s is no error', (name, data) => {
    expect(classifyStreamEvent('openai', name, data, now)).toBeNull()
  })
})

const dialects = fc.constantFrom<Dialect>('anthropic', 'openai', 'google')

/** JSON with the names that are looked for, and those that a value must not lend to its type. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, 429, '429', 'rate limit', ''),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  record: fc.dictionary(
    fc.constantFrom(
      'error',
      'code',
      'status',
      'type',
      'message',
      'details',
      'violations',
      'quotaId',
      'toString',
      'valueOf',
    ),
    tie('tree'),
    { maxKeys: 5 },
  ),
}))
const anyBody = fc.oneof(fc.jsonValue(), tree)

test.each(['code', 'status', 'type', 'message', 'details', 'violations'])(
  'lists in lists without end as the %s of an error are no exception',
  (name) => {
    const body: unknown = JSON.parse(`{"error":{"${name}":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`)
    for (const dialect of ['anthropic', 'openai', 'google'] as const) {
      expect(answer(429, body, {}, dialect).class).toBe('rate_limited')
      expect(answer(400, body, {}, dialect).class).toBe('other')
    }
  },
)

test('whatever an answer is, it is classified by its rules without an exception', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), anyBody, dialects, (status, body, dialect) => {
      const result = answer(status, body, {}, dialect)
      expect(result.class === 'ok').toBe(status < 400)
      // A 429 always lets the next key try, and so does every other rate limit.
      expect(result.tryNext || (status !== 429 && result.class !== 'rate_limited')).toBe(true)
      expect(classifyStreamEvent(dialect, undefined, body, now)?.class).not.toBe('ok')
    }),
  )
})
