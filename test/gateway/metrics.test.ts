// The page for Prometheus: right in form whatever was counted, bounded, and with OpenTelemetry's names.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProviderId } from '../../src/domain/ids.ts'
import { openMetrics, type Readings } from '../../src/gateway/metrics/metrics.ts'
import { requestOutcomes } from '../../src/gateway/usage/record.ts'
import { readMetrics } from '../support/prometheus.ts'
import { usageRecord } from '../support/usage-record.ts'

const readings: Readings = {
  version: '1.0.0',
  startedAt: 1_700_000_000_000,
  credentials: [
    { provider: 'anthropic', status: 'ready', count: 2 },
    { provider: 'anthropic', status: 'cooling', count: 1 },
  ],
  logPosition: 42,
  logLinesLost: 0,
  resources: { cpuSeconds: 1.5, loopActiveSeconds: 0.25, residentBytes: 1e8, heapBytes: 1e7 },
}

/** `{label="value"}` of each sample of a name, with its value. */
function samplesOf(page: string, name: string): unknown[] {
  return [...readMetrics(page).values()]
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name)
    .map(({ labels, value }) => [labels, value])
}

test('durations are counted into every bucket that they fit', () => {
  const metrics = openMetrics()
  for (const durationMs of [5, 400, 2_000, 1_000_000]) metrics.requestEnded(usageRecord({ durationMs }))
  const buckets = samplesOf(metrics.page(0, readings), 'traseai_http_request_duration_seconds_bucket')
  const counts = [1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 4]
  const bounds = ['0.01', '0.1', '0.5', '1', '2.5', '5', '10', '30', '60', '300', '+Inf']
  expect(buckets).toEqual(bounds.map((le, i) => [{ provider: 'anthropic', le }, counts[i]]))
})

test('model requests have the names and labels of OpenTelemetry', () => {
  const metrics = openMetrics()
  metrics.requestEnded(usageRecord())
  metrics.requestEnded(usageRecord({ outcome: 'rate_limited', status: 429, tokens: null, ttftMs: null }))
  metrics.requestEnded(usageRecord({ outcome: 'client_left', tokens: null }))
  metrics.requestEnded(usageRecord({ outcome: 'failed', status: 502, tokens: null, ttftMs: null }))
  const page = metrics.page(0, readings)
  const own = {
    gen_ai_operation_name: 'chat',
    gen_ai_provider_name: 'anthropic',
    gen_ai_request_model: 'claude-sonnet-4-5',
  }
  expect(samplesOf(page, 'gen_ai_client_operation_duration_seconds_count')).toEqual([
    [own, 1],
    [{ ...own, error_type: '429' }, 1],
    [{ ...own, error_type: 'client_left' }, 1],
    [{ ...own, error_type: 'failed' }, 1],
  ])
  expect(samplesOf(page, 'gen_ai_server_time_to_first_token_seconds_sum')).toEqual([[own, 0.3]])
  expect(samplesOf(page, 'gen_ai_client_token_usage_sum')).toEqual([
    [{ ...own, gen_ai_token_type: 'input' }, 100],
    [{ ...own, gen_ai_token_type: 'output' }, 20],
  ])
})

test('a request that reached no model is counted, but not as an operation of one', () => {
  const metrics = openMetrics()
  metrics.requestEnded(usageRecord({ provider: null, profileId: null, outcome: 'refused', status: 404, tokens: null }))
  const page = metrics.page(0, readings)
  expect(samplesOf(page, 'traseai_http_requests_total')).toEqual([[{ provider: 'none', outcome: 'refused' }, 1]])
  expect(samplesOf(page, 'gen_ai_client_operation_duration_seconds_count')).toEqual([])
})

test('waits, switches, gauges and the process are on the page', () => {
  const metrics = openMetrics()
  metrics.requestStarted()
  metrics.requestStarted()
  metrics.requestLeft()
  metrics.requestEnded(usageRecord({ attempts: 3, waitedMs: 1_500 }))
  const page = metrics.page(7, readings)
  const anthropic = { provider: 'anthropic' }
  expect(samplesOf(page, 'traseai_http_requests_in_flight')).toEqual([[{}, 1]])
  expect(samplesOf(page, 'traseai_http_requests_waiting')).toEqual([[{}, 7]])
  expect(samplesOf(page, 'traseai_http_switches_total')).toEqual([[anthropic, 2]])
  expect(samplesOf(page, 'traseai_http_waited_seconds_total')).toEqual([[anthropic, 1.5]])
  expect(samplesOf(page, 'traseai_credentials')).toEqual([
    [{ ...anthropic, status: 'ready' }, 2],
    [{ ...anthropic, status: 'cooling' }, 1],
  ])
  expect(samplesOf(page, 'traseai_log_position')).toEqual([[{}, 42]])
  expect(samplesOf(page, 'process_start_time_seconds')).toEqual([[{}, 1_700_000_000]])
})

test('no more than a thousand label sets are kept', () => {
  const metrics = openMetrics()
  for (let i = 0; i < 2_000; i++) metrics.attempt('openai', `openai:${i}`, 'ok')
  const attempts = samplesOf(metrics.page(0, readings), 'traseai_http_attempts_total')
  expect(attempts).toHaveLength(1_001)
  expect(attempts.at(-1)).toEqual([{ provider: 'other', profile: 'other', result: 'other' }, 1_000])
})

test('a model is named once its provider knew it, and what clients make up is one series', () => {
  const metrics = openMetrics()
  for (let i = 0; i < 2_000; i++)
    metrics.requestEnded(usageRecord({ model: `made-up-${i}`, outcome: 'provider_error', status: 404 }))
  for (let i = 0; i < 2_000; i++) metrics.requestEnded(usageRecord({ model: `real-${i}` }))
  const counts = samplesOf(metrics.page(0, readings), 'gen_ai_server_time_to_first_token_seconds_count')
  expect(counts).toHaveLength(501)
  expect(JSON.stringify(counts)).not.toContain('made-up')
})

test.each(['a\u001b]52;c;AAAA\u0007', 'line\nbreak', '\u202eevil', 'a b', 'm'.repeat(101)])(
  'a name that no model has, such as %j, is nowhere on the page',
  (model) => {
    const metrics = openMetrics()
    metrics.requestEnded(usageRecord({ model }))
    const page = metrics.page(0, readings)
    expect(page).toContain('gen_ai_request_model="other"')
    expect(page).toMatch(/^[\n -~]*$/)
  },
)

test('whatever is counted, the page can be read', () => {
  const record = fc.record({
    provider: fc.string({ unit: 'binary' }).map((text) => text as ProviderId),
    model: fc.option(fc.string({ unit: 'binary' })),
    outcome: fc.constantFrom(...requestOutcomes),
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    ttftMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    tokens: fc.option(fc.record({ input: fc.nat(), output: fc.nat() })),
  })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const metrics = openMetrics()
      for (const each of records) metrics.requestEnded(usageRecord(each))
      const families = readMetrics(metrics.page(0, readings))
      const total = families.get('traseai_http_requests_total')?.samples.reduce((sum, { value }) => sum + value, 0)
      expect(total).toBe(records.length)
    }),
  )
})
