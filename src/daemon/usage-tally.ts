// Sums up what model requests took since the last time it was written: by hour, credential, model, agent and client.
import {
  addUsage,
  firstContentCounter,
  noUsage,
  type UsageCounter,
  type UsageCounts,
  type UsageRow,
} from '../domain/usage.ts'
import { openCountedModels, otherModel } from '../gateway/metrics/counted-models.ts'
import type { RequestOutcome, UsageRecord } from '../gateway/usage/record.ts'

export interface UsageTally {
  /** A request that named no agent is the default agent's. */
  count(record: UsageRecord, defaultAgent: string): void
  /** What waits to be written. */
  pending(): UsageRow[]
  /** Hands it over; what cannot be written is put back. */
  take(): UsageRow[]
  putBack(rows: readonly UsageRow[]): void
}

/** Rows that wait; what comes in addition is summed up for each credential alone, and above twice as many not at all. */
const rowsMax = 5_000
const nameCharsMax = 100
const other = otherModel
const msPerHour = 3_600_000

const outcomeCounters: Readonly<Record<RequestOutcome, UsageCounter>> = {
  ok: 'ok',
  rate_limited: 'rateLimited',
  refused: 'refused',
  failed: 'failed',
  client_left: 'clientLeft',
  provider_error: 'providerError',
}

export function openUsageTally(): UsageTally {
  const models = openCountedModels()
  const kindOfClient = openClientKinds()
  let rows = new Map<string, UsageRow>()

  function rowOf(whose: Omit<UsageRow, 'counts'>): UsageRow | null {
    const id = idOf(whose)
    const known = rows.get(id)
    if (known) return known
    if (rows.size >= rowsMax && whose.agent !== other) {
      return rowOf({ ...whose, model: other, agent: other, client: other })
    }
    if (rows.size >= rowsMax * 2) return null
    const row = { ...whose, counts: noUsage() }
    rows.set(id, row)
    return row
  }

  return {
    count(record, defaultAgent) {
      const { provider, outcome, client } = record
      // Who has no token is nobody whose usage could be told, and could make the tables grow.
      if (provider === null || client === null) return
      const row = rowOf({
        start: Math.floor(record.at / msPerHour),
        provider,
        profileId: record.profileId ?? '',
        model: models.nameOf(provider, record.model, outcome),
        agent: shortName(record.agent ?? defaultAgent),
        client: shortName(kindOfClient(client)),
      })
      if (row) addRecord(row.counts, record)
    },
    pending: () => [...rows.values()],
    take() {
      const taken = [...rows.values()]
      rows = new Map()
      return taken
    },
    putBack(taken) {
      for (const { counts, ...whose } of taken) {
        const row = rowOf(whose)
        if (row) addUsage(row.counts, counts)
      }
    },
  }
}

function idOf({ start, profileId, provider, model, agent, client }: Omit<UsageRow, 'counts'>): string {
  return `${start}\n${profileId === '' ? provider : profileId}\n${model}\n${agent}\n${client}`
}

/** Tokens that live as long as one process have its number in their name: `exec-4721-d551873b`. What counts is that it was an `exec`. */
function openClientKinds(): (client: string) => string {
  let last = ''
  let kind = ''
  return (client) => {
    if (client === last) return kind
    last = client
    kind = client.replace(/^(chat|exec|shell)-\d+-[0-9a-f]{8}$/, '$1')
    return kind
  }
}

function shortName(name: string): string {
  return name.length > nameCharsMax ? other : name
}

function addRecord(counts: UsageCounts, record: UsageRecord): void {
  const { outcome, tokens, ttftMs, operation } = record
  counts.requests++
  counts[outcomeCounters[outcome]]++
  counts.attempts += record.attempts
  counts.durationMs += Math.round(record.durationMs)
  counts.waitedMs += Math.round(record.waitedMs)
  if (tokens !== null) {
    counts.inputTokens += tokens.input
    counts.outputTokens += tokens.output
    counts.cachedInputTokens += tokens.cachedInput ?? 0
    counts.reasoningTokens += tokens.reasoning ?? 0
  } else if (outcome === 'ok' && operation !== null) counts.uncounted++
  if (outcome === 'ok' && operation !== null && ttftMs !== null) counts[firstContentCounter(ttftMs)]++
}
