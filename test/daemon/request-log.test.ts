// The line that a model request leaves in the log.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openRequestLog } from '../../src/daemon/request-log.ts'
import type { AgentId, ProviderId, SessionId } from '../../src/domain/ids.ts'
import { requestOutcomes, type UsageRecord } from '../../src/gateway/usage/record.ts'
import { usageRecord } from '../support/usage-record.ts'

function openRoom(mode: 'all' | 'failed' | 'none' = 'all') {
  const written: (readonly string[])[] = []
  const write = (lines: Buffer, count: number): void => {
    const split = lines.toString().match(/.*\n/g) ?? []
    expect(split).toHaveLength(count)
    written.push(split)
  }
  const timers: (() => void)[] = []
  const host = { setTimer: (_ms: number, callback: () => void) => ({ at: timers.push(callback), cancel() {} }) }
  const log = openRequestLog({ host, mode: () => mode, write })
  const linesOf = (...records: readonly UsageRecord[]): unknown[] => {
    for (const record of records) log.record(record)
    log.flush()
    return written.flat().map((line) => JSON.parse(line) as unknown)
  }
  return { log, written, timers, linesOf }
}

test('says who asked whom for what, how it ended, how long it took and how many tokens', () => {
  const record = usageRecord({
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    durationMs: 1_500.123,
    ttftMs: 300.06,
    waitedMs: 20,
    attempts: 2,
  })
  expect(openRoom().linesOf(record)).toEqual([
    {
      level: 'info',
      time: '2026-01-02T03:04:05.006Z',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      profileId: 'anthropic:work',
      client: 'laptop',
      status: 200,
      outcome: 'ok',
      attempts: 2,
      durationMs: 1_500.1,
      ttftMs: 300.1,
      waitedMs: 20,
      inputTokens: 100,
      outputTokens: 20,
      msg: 'model request',
    },
  ])
})

test('says why the gateway itself refused it', () => {
  expect(openRoom().linesOf(usageRecord({ outcome: 'refused', code: 'unknown_model' }))).toMatchObject([
    { outcome: 'refused', code: 'unknown_model' },
  ])
})

test.each([
  ['all', requestOutcomes],
  ['failed', requestOutcomes.filter((outcome) => outcome !== 'ok')],
  ['none', []],
] as const)('gateway.requestLog %s: %j', (mode, outcomes) => {
  const lines = openRoom(mode).linesOf(...requestOutcomes.map((outcome) => usageRecord({ outcome })))
  expect(lines.map((line) => (line as { outcome: string }).outcome)).toEqual(outcomes)
})

test('is one line of JSON whatever names clients make up', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(text, text, text, fc.nat(4e12), (model, agent, session, at) => {
      const { written, linesOf } = openRoom()
      const record = usageRecord({
        at,
        model,
        agent: agent as AgentId,
        session: session as SessionId,
        provider: 'p"\n' as ProviderId,
      })
      const [line] = linesOf(record)
      expect(line).toMatchObject({ time: new Date(at).toISOString(), provider: 'p"\n' })
      expect(written.flat().join('').match(/\n/g)).toHaveLength(1)
    }),
  )
})

test('lines are gathered and written together, a moment later or when there are many', () => {
  const { log, written, timers } = openRoom()
  log.record(usageRecord())
  log.record(usageRecord())
  expect([written.length, timers.length]).toEqual([0, 1])
  timers.shift()?.()
  expect(written.map((lines) => lines.length)).toEqual([2])
  for (let i = 0; i < 600; i++) log.record(usageRecord())
  expect(written).toHaveLength(2)
  log.flush()
  expect(written.flat()).toHaveLength(602)
})
