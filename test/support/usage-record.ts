// A record of a request that went well, to be changed by a test.
import type { ProfileId, ProviderId } from '../../src/domain/ids.ts'
import type { UsageRecord } from '../../src/gateway/usage/record.ts'

export function usageRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    at: Date.parse('2026-01-01T00:30:00Z'),
    provider: 'anthropic' as ProviderId,
    model: 'claude-sonnet-4-5',
    profileId: 'anthropic:work' as ProfileId,
    agent: null,
    session: null,
    client: 'laptop',
    operation: 'chat',
    status: 200,
    outcome: 'ok',
    code: null,
    attempts: 1,
    durationMs: 1_500,
    ttftMs: 300,
    waitedMs: 0,
    tokens: { input: 100, output: 20 },
    ...changes,
  }
}
