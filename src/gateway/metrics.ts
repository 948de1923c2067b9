// Counters of the gateway in memory, and their page for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
import type { AnswerClass } from '../domain/rate-limit.ts'
import type { RequestOutcome } from './usage-record.ts'

/** What one attempt with one credential came to. */
export type AttemptResult = AnswerClass | 'failed' | 'cancelled'

export interface Metrics {
  requestStarted(): void
  /** `provider` is an id of the provider table, or `none` when the request named no known one. */
  requestEnded(provider: string, outcome: RequestOutcome, durationMs: number): void
  attempt(provider: string, profileId: string, result: AttemptResult): void
  page(waiting: number): string
}

/** Upper bounds in seconds: a refusal in milliseconds, a chat answer in seconds, a long stream in minutes. */
const bucketsSeconds = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const
/** Label sets of one metric; what comes later is counted under `other`. */
const seriesMax = 1_000

interface Histogram {
  readonly counts: number[]
  sumMs: number
  count: number
}

export function openMetrics(): Metrics {
  const requests = new Map<string, number>()
  const attempts = new Map<string, number>()
  const durations = new Map<string, Histogram>()
  let inFlight = 0

  return {
    requestStarted() {
      inFlight++
    },
    requestEnded(provider, outcome, durationMs) {
      inFlight--
      count(requests, `provider="${provider}",outcome="${outcome}"`)
      const histogram = durations.get(provider) ?? { counts: bucketsSeconds.map(() => 0), sumMs: 0, count: 0 }
      durations.set(provider, histogram)
      histogram.sumMs += durationMs
      histogram.count++
      const bucket = bucketsSeconds.findIndex((bound) => durationMs <= bound * 1_000)
      if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1
    },
    attempt(provider, profileId, result) {
      count(attempts, `provider="${provider}",profile="${profileId}",result="${result}"`)
    },
    page(waiting) {
      const lines = [
        ...family('traseai_http_requests_total', 'counter', 'Requests by how they ended.', requests),
        ...family('traseai_http_attempts_total', 'counter', 'Attempts by credential and result.', attempts),
        ...family('traseai_http_requests_in_flight', 'gauge', 'Requests being served.', new Map([['', inFlight]])),
        ...family(
          'traseai_http_requests_waiting',
          'gauge',
          'Requests that wait for a credential to be usable again.',
          new Map([['', waiting]]),
        ),
        ...histogramFamily(durations),
      ]
      return `${lines.join('\n')}\n`
    },
  }
}

function count(series: Map<string, number>, labels: string): void {
  const known = series.get(labels)
  if (known !== undefined) series.set(labels, known + 1)
  else if (series.size < seriesMax) series.set(labels, 1)
  else series.set('provider="other"', (series.get('provider="other"') ?? 0) + 1)
}

/** Labels need no escapes: provider and credential ids hold no quote, backslash or line break. */
function family(name: string, type: string, help: string, series: ReadonlyMap<string, number>): string[] {
  const samples = [...series].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples]
}

function histogramFamily(durations: ReadonlyMap<string, Histogram>): string[] {
  const name = 'traseai_http_request_duration_seconds'
  const lines = [`# HELP ${name} From the request to the last byte of its answer.`, `# TYPE ${name} histogram`]
  for (const [provider, { counts, sumMs, count: total }] of durations) {
    let below = 0
    for (const [i, bound] of bucketsSeconds.entries()) {
      below += counts[i] ?? 0
      lines.push(`${name}_bucket{provider="${provider}",le="${bound}"} ${below}`)
    }
    lines.push(`${name}_bucket{provider="${provider}",le="+Inf"} ${total}`)
    lines.push(`${name}_sum{provider="${provider}"} ${sumMs / 1_000}`, `${name}_count{provider="${provider}"} ${total}`)
  }
  return lines
}
