// The sums of requests in memory: what goes into which row, and that clients cannot make them grow.
import { expect, test } from 'vitest'
import { openUsageTally } from '../../src/daemon/usage-tally.ts'
import type { AgentId, ProfileId } from '../../src/domain/ids.ts'
import { noUsage } from '../../src/domain/usage.ts'
import { usageRecord } from '../support/usage-record.ts'

const hour = Date.UTC(2026, 0, 1) / 3_600_000

test('requests of one hour, credential, model, agent and client are one row', () => {
  const tally = openUsageTally()
  tally.count(
    usageRecord({ tokens: { input: 100, output: 20, cachedInput: 64, reasoning: 8 }, durationMs: 10.4 }),
    'main',
  )
  tally.count(usageRecord({ attempts: 2, waitedMs: 1_000, ttftMs: 90_000, tokens: null }), 'main')
  tally.count(usageRecord({ outcome: 'rate_limited', status: 429, ttftMs: null, tokens: null }), 'main')
  tally.count(usageRecord({ at: (hour + 1) * 3_600_000, agent: 'coder' as AgentId }), 'main')
  const counts = {
    ...noUsage(),
    requests: 3,
    ok: 2,
    rateLimited: 1,
    attempts: 4,
    inputTokens: 100,
    outputTokens: 20,
    cachedInputTokens: 64,
    reasoningTokens: 8,
    uncounted: 1,
    durationMs: 3_010,
    waitedMs: 1_000,
    first400: 1,
    firstMore: 1,
  }
  const whose = { provider: 'anthropic', profileId: 'anthropic:work', model: 'claude-sonnet-4-5', client: 'laptop' }
  expect(tally.pending()).toMatchObject([
    { ...whose, start: hour, agent: 'main', counts },
    { ...whose, start: hour + 1, agent: 'coder', counts: { requests: 1 } },
  ])
})

test('tokens that lived as long as one process are one client', () => {
  const tally = openUsageTally()
  for (const client of ['exec-1-0123abcd', 'exec-22-0123abce', 'chat-3-ffffffff', 'chat-bot-7']) {
    tally.count(usageRecord({ client }), 'main')
  }
  expect(tally.pending().map(({ client, counts }) => [client, counts.requests])).toEqual([
    ['exec', 2],
    ['chat', 1],
    ['chat-bot-7', 1],
  ])
})

test('requests without a valid token, or for no known provider, are nobody’s usage', () => {
  const tally = openUsageTally()
  tally.count(usageRecord({ client: null }), 'main')
  tally.count(usageRecord({ provider: null }), 'main')
  expect(tally.pending()).toEqual([])
})

test('five thousand rows wait at most, and then one for each credential', () => {
  const tally = openUsageTally()
  for (let i = 0; i < 7_000; i++) tally.count(usageRecord({ agent: `agent-${i}` as AgentId }), 'main')
  tally.count(usageRecord({ profileId: 'anthropic:home' as ProfileId }), 'main')
  const rows = tally.pending()
  expect(rows).toHaveLength(5_002)
  expect(rows[5_000]).toMatchObject({ agent: 'other', model: 'other', client: 'other', counts: { requests: 2_000 } })
  expect(rows[5_001]).toMatchObject({ profileId: 'anthropic:home', counts: { requests: 1 } })
})

test('what is put back is added to what came meanwhile', () => {
  const tally = openUsageTally()
  tally.count(usageRecord(), 'main')
  const taken = tally.take()
  tally.count(usageRecord(), 'main')
  tally.putBack(taken)
  expect(tally.pending()).toMatchObject([{ counts: { requests: 2, inputTokens: 200 } }])
})

test('a model that no provider knew is not kept by its name', () => {
  const tally = openUsageTally()
  tally.count(usageRecord({ model: 'gpt-99', outcome: 'provider_error', status: 404, tokens: null }), 'main')
  tally.count(usageRecord({ model: 'x'.repeat(1_000) }), 'main')
  tally.count(usageRecord({ model: null }), 'main')
  expect(tally.pending().map(({ model, counts }) => [model, counts.requests])).toEqual([
    ['other', 2],
    ['', 1],
  ])
})
