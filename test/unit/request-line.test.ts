// How a model request in the log reads.
import { expect, it } from 'vitest'
import { renderLogLine } from '../../src/cli/render/log-line.ts'
import { openPaint } from '../../src/cli/render/paint.ts'

const line = (fields: object): string => {
  const record = { level: 'info', time: '2026-01-02T03:04:05.006Z', ...fields, msg: 'model request' }
  // The time is that of whoever reads.
  return renderLogLine(JSON.stringify(record), openPaint(false)).replace(/^\S+ \S+ /, '')
}

it('says what was asked for, how it ended and what it took', () => {
  const fields = {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    profileId: 'anthropic:work',
    client: 'laptop',
    agent: 'coder',
    session: 's-1',
    status: 200,
    outcome: 'ok',
    attempts: 2,
    durationMs: 1_534.2,
    ttftMs: 301,
    waitedMs: 20,
    inputTokens: 12_345,
    outputTokens: 20,
  }
  expect(line(fields)).toBe(
    'info  anthropic/claude-sonnet-4-5 200 ok in 1.5s, first token 301ms, waited 20ms, 2 attempts, tokens 12.3k in 20 out (anthropic:work, client laptop, agent coder, session s-1)',
  )
})

it('says less when less is known', () => {
  expect(line({ status: 401, outcome: 'refused', attempts: 0, durationMs: 0.3 })).toBe(
    'info  no provider 401 refused in 0ms (no client)',
  )
  expect(
    line({ provider: 'openai', client: 'ci', status: 0, outcome: 'client_left', attempts: 1, durationMs: 50 }),
  ).toBe('info  openai client left in 50ms (client ci)')
})

it('says why the gateway itself refused a request', () => {
  expect(line({ client: 'ci', status: 404, outcome: 'refused', code: 'unknown_model', durationMs: 1 })).toBe(
    'info  no provider 404 refused (unknown_model) in 1ms (client ci)',
  )
  expect(line({ provider: 'openai', status: 429, outcome: 'rate_limited', code: 'rate_limited' })).toContain(
    '429 rate limited (',
  )
})

it('tells fields of other lines by their names, and lists with commas', () => {
  const fields = { changed: ['auth.order', 'gateway.drainMs'], none: [], odd: ['a b'], msg: 'changed' }
  const text = JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.006Z', ...fields })
  expect(renderLogLine(text, openPaint(false))).toContain(
    'changed changed=auth.order,gateway.drainMs none=[] odd=["a b"]',
  )
})

it('shows control characters that a client put into a name', () => {
  expect(line({ provider: 'openai', model: 'a\u001b[31m', outcome: 'ok' })).not.toContain('\u001b')
})
