// Counts what the gateway does, in memory, and gives out the page of it.
import type { AnswerClass } from '../../domain/rate-limit.ts'
import type { Host } from '../../host.ts'
import type { UsageRecord } from '../usage/record.ts'
import { openCountedModels } from './counted-models.ts'
import { openCounter, openHistogram, observe } from './series.ts'
import { metricTable } from './table.ts'
import { writeCounter, writeHistogram, writeSamples } from './text.ts'

/** What one attempt with one credential came to. */
export type AttemptResult = AnswerClass | 'failed' | 'cancelled'

/** What is true at the moment somebody asks. */
export interface Readings {
  readonly version: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly credentials: readonly { readonly provider: string; readonly status: string; readonly count: number }[]
  readonly logPosition: number
  readonly logLinesLost: number
  readonly resources: ReturnType<Host['resources']>
}

export interface Metrics {
  requestStarted(): void
  /** Its last byte was handed over, or its client left. */
  requestLeft(): void
  /** Its record is complete. */
  requestEnded(record: UsageRecord): void
  attempt(provider: string, profileId: string, result: AttemptResult): void
  page(waiting: number, readings: Readings): string
}

/** Of requests that named no provider that is known. */
const noProvider = 'none'

export function openMetrics(): Metrics {
  const requests = openCounter()
  const requestSeconds = openHistogram(metricTable.requestSeconds)
  const waitedSeconds = openCounter()
  const attempts = openCounter()
  const switches = openCounter()
  const generations = openGenerations()
  let inFlight = 0

  return {
    requestStarted() {
      inFlight++
    },
    requestLeft() {
      inFlight--
    },
    requestEnded(record) {
      const { provider, outcome, durationMs, waitedMs } = record
      const id = provider ?? noProvider
      requests.at(id, outcome).value++
      observe(requestSeconds.at(id), metricTable.requestSeconds.buckets, durationMs / 1_000)
      if (waitedMs > 0) waitedSeconds.at(id).value += waitedMs / 1_000
      if (record.attempts > 1) switches.at(id).value += record.attempts - 1
      generations.count(record)
    },
    attempt(provider, profileId, result) {
      attempts.at(provider, profileId, result).value++
    },
    page(waiting, readings) {
      const lines = [
        ...writeCounter(metricTable.requests, requests),
        ...writeHistogram(metricTable.requestSeconds, requestSeconds),
        ...writeSamples(metricTable.inFlight, [[[], inFlight]]),
        ...writeSamples(metricTable.waiting, [[[], waiting]]),
        ...writeCounter(metricTable.waitedSeconds, waitedSeconds),
        ...writeCounter(metricTable.attempts, attempts),
        ...writeCounter(metricTable.switches, switches),
        ...generations.lines(),
        ...readingLines(readings),
      ]
      return `${lines.join('\n')}\n`
    },
  }
}

/** Answers of models, under OpenTelemetry's names. */
function openGenerations(): { count(record: UsageRecord): void; lines(): string[] } {
  const duration = openHistogram(metricTable.operationSeconds)
  const firstToken = openHistogram(metricTable.firstTokenSeconds)
  const tokenUsage = openHistogram(metricTable.tokens)
  const models = openCountedModels()
  return {
    count({ provider, operation, model: asked, profileId, status, outcome, durationMs, ttftMs, tokens }) {
      if (provider === null || operation === null || profileId === null) return
      const model = models.nameOf(provider, asked, outcome)
      const error = outcome === 'ok' ? '' : status >= 400 && outcome !== 'failed' ? String(status) : outcome
      observe(duration.at(operation, provider, model, error), metricTable.operationSeconds.buckets, durationMs / 1_000)
      if (outcome === 'ok' && ttftMs !== null) {
        observe(firstToken.at(operation, provider, model), metricTable.firstTokenSeconds.buckets, ttftMs / 1_000)
      }
      if (tokens === null) return
      observe(tokenUsage.at(operation, provider, model, 'input'), metricTable.tokens.buckets, tokens.input)
      observe(tokenUsage.at(operation, provider, model, 'output'), metricTable.tokens.buckets, tokens.output)
    },
    lines: () => [
      ...writeHistogram(metricTable.operationSeconds, duration),
      ...writeHistogram(metricTable.firstTokenSeconds, firstToken),
      ...writeHistogram(metricTable.tokens, tokenUsage),
    ],
  }
}

function readingLines({ version, startedAt, credentials, logPosition, logLinesLost, resources }: Readings): string[] {
  const one = (value: number): (readonly [string[], number])[] => [[[], value]]
  return [
    ...writeSamples(
      metricTable.credentials,
      credentials.map(({ provider, status, count }) => [[provider, status], count]),
    ),
    ...writeSamples(metricTable.logPosition, one(logPosition)),
    ...writeSamples(metricTable.logLinesLost, one(logLinesLost)),
    ...writeSamples(metricTable.build, [[[version], 1]]),
    ...writeSamples(metricTable.startedAt, one(startedAt / 1_000)),
    ...writeSamples(metricTable.cpuSeconds, one(resources.cpuSeconds)),
    ...writeSamples(metricTable.residentBytes, one(resources.residentBytes)),
    ...writeSamples(metricTable.heapBytes, one(resources.heapBytes)),
    ...writeSamples(metricTable.loopActiveSeconds, one(resources.loopActiveSeconds)),
  ]
}
