// What model requests took: the sums that are kept by hour, what they can be grouped by, and what is read out of them.

/** Milliseconds up to which a time to the first content counts for its place; the last place is for all that took longer. */
const firstContentBoundsMs = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600] as const

/** `first50` … `first25600`, and `firstMore` for what took longer. */
type FirstContentCounter = `first${(typeof firstContentBoundsMs)[number]}` | 'firstMore'
const firstContentCounters: readonly FirstContentCounter[] = [
  ...firstContentBoundsMs.map((bound) => `first${bound}` as const),
  'firstMore',
]

/** `cachedInputTokens` are part of `inputTokens`, `reasoningTokens` of `outputTokens`; `uncounted` are generations whose tokens are unknown. */
export const usageCounters = [
  'requests',
  'ok',
  'rateLimited',
  'refused',
  'failed',
  'clientLeft',
  'providerError',
  'attempts',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'uncounted',
  'durationMs',
  'waitedMs',
  ...firstContentCounters,
] as const
export type UsageCounter = (typeof usageCounters)[number]
export type UsageCounts = Record<UsageCounter, number>

/** Whose requests; empty where there is none. */
export interface UsageKey {
  readonly provider: string
  readonly profileId: string
  readonly model: string
  readonly agent: string
  readonly client: string
}

/** The requests of one hour, or of a day for what is long past. */
export interface UsageRow extends UsageKey {
  /** Hours since 1970. */
  readonly start: number
  readonly counts: UsageCounts
}

/** What the rows of a question are made of; each with the members of a row that tell them apart. */
export const usageGroupings = {
  credential: ['provider', 'profileId'],
  model: ['provider', 'model'],
  provider: ['provider'],
  agent: ['agent'],
  client: ['client'],
  day: ['day'],
} as const satisfies Record<string, readonly (keyof UsageKey | 'day')[]>
export type UsageGrouping = keyof typeof usageGroupings

export interface UsageQuestion {
  /** Hours since 1970, both included. */
  readonly from: number
  readonly to: number
  /** Only those. */
  readonly only: Partial<UsageKey>
  readonly by: UsageGrouping
  /** What local time is ahead of UTC, for days. */
  readonly utcOffsetMinutes: number
}

/** What tells a group from the others: a day as days since 1970 in local time, everything else as in the rows. */
export type UsageGroupKey = Partial<UsageKey> & { readonly day?: number }

export interface UsageGroup {
  readonly key: UsageGroupKey
  readonly counts: UsageCounts
}

export function noUsage(): UsageCounts {
  return Object.fromEntries(usageCounters.map((counter) => [counter, 0])) as UsageCounts // made of exactly its members
}

export function addUsage(to: UsageCounts, more: Readonly<UsageCounts>): void {
  for (const counter of usageCounters) to[counter] += more[counter]
}

/** The counter of a time to the first content. */
export function firstContentCounter(ms: number): FirstContentCounter {
  const place = firstContentBoundsMs.findIndex((bound) => ms <= bound)
  return firstContentCounters[place] ?? 'firstMore'
}

const hoursPerDay = 24

/** The day of a row; one that stands for a whole day belongs to the one that most of it lies in. */
export function dayOf(start: number, hours: number, utcOffsetMinutes: number): number {
  const middle = hours === hoursPerDay ? hoursPerDay / 2 : 0
  return Math.floor((start + middle + utcOffsetMinutes / 60) / hoursPerDay)
}

/** Puts together what is the same group. */
export function mergeGroups(groups: Iterable<UsageGroup>): UsageGroup[] {
  const merged = new Map<string, UsageGroup>()
  for (const { key, counts } of groups) {
    const id = JSON.stringify([key.day, key.provider, key.profileId, key.model, key.agent, key.client])
    const known = merged.get(id)
    if (known) addUsage(known.counts, counts)
    else merged.set(id, { key, counts: { ...counts } })
  }
  return [...merged.values()]
}

/** The groups of rows of single hours. */
export function groupRows(rows: readonly UsageRow[], question: UsageQuestion): UsageGroup[] {
  const { from, to, only, by, utcOffsetMinutes } = question
  const wanted = rows.filter(
    (row) =>
      row.start >= from &&
      row.start <= to &&
      Object.entries(only).every(([name, value]) => row[name as keyof UsageKey] === value), // the members of `only`
  )
  return mergeGroups(
    wanted.map((row) => {
      const values = usageGroupings[by].map((name) => [
        name,
        name === 'day' ? dayOf(row.start, 1, utcOffsetMinutes) : row[name],
      ])
      return { key: Object.fromEntries(values) as UsageGroupKey, counts: row.counts } // made of its members
    }),
  )
}

/** The time that half of the answers had their first content in, as near as the counters tell; null without any. */
export function medianFirstContentMs(counts: Readonly<UsageCounts>): number | null {
  const total = firstContentCounters.reduce((sum, counter) => sum + counts[counter], 0)
  if (total === 0) return null
  let below = 0
  for (const [place, counter] of firstContentCounters.entries()) {
    const count = counts[counter]
    if (below + count >= total / 2) {
      const least = place === 0 ? 0 : (firstContentBoundsMs[place - 1] ?? 0)
      const most = firstContentBoundsMs[place] ?? least
      return Math.round(least + ((total / 2 - below) / count) * (most - least))
    }
    below += count
  }
  return null
}
