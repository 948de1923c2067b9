// What model requests took, on a real database: sums by hour, days of old hours, and questions about them.
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addUsage,
  dayOf,
  groupRows,
  mergeGroups,
  noUsage,
  usageCounters,
  type UsageCounts,
  type UsageQuestion,
  type UsageRow,
} from '../../src/domain/usage.ts'
import { readMigrations } from '../../src/storage/migrate.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { openSaveUsage } from '../../src/storage/usage.ts'
import { databaseIn, migrationsDir, openCore, temporaryDirectory } from './temporary-log.ts'

const hour = Math.floor(Date.UTC(2026, 0, 10, 15) / 3_600_000)
const everything: UsageQuestion = { from: 0, to: hour * 2, only: {}, by: 'credential', utcOffsetMinutes: 0 }

function row(start: number, counts: Partial<UsageCounts> = { requests: 1 }, key: Partial<UsageRow> = {}): UsageRow {
  const whose = { provider: 'openai', profileId: 'openai:work', model: 'gpt-5', agent: '', client: 'laptop' }
  return { start, ...whose, ...key, counts: { ...noUsage(), ...counts } }
}

/** Key and number of requests of each group. */
const told = (groups: readonly { readonly key: object; readonly counts: UsageCounts }[]): unknown[] =>
  groups.map(({ key, counts }) => ({ ...key, requests: counts.requests }))

describe('the history of usage', () => {
  it('adds what comes later to the row of its hour', () => {
    const core = openCore(databaseIn(temporaryDirectory()))
    core.saveUsageHistory([row(hour, { requests: 2, inputTokens: 5_000_000_000, first100: 2 })])
    core.saveUsageHistory([row(hour, { requests: 1, inputTokens: 1, firstMore: 1 }), row(hour, { requests: 4 })])
    const counts = { ...noUsage(), requests: 7, inputTokens: 5_000_000_001, first100: 2, firstMore: 1 }
    expect(core.readUsageHistory(everything)).toEqual([
      { key: { provider: 'openai', profileId: 'openai:work' }, counts },
    ])
  })

  it('is grouped and filtered as asked, the largest first', () => {
    const core = openCore(databaseIn(temporaryDirectory()))
    core.saveUsageHistory([
      row(hour, { requests: 1 }),
      row(hour, { requests: 2 }, { model: 'gpt-4', client: 'ci' }),
      row(hour - 1, { requests: 4 }, { profileId: 'openai:home' }),
      row(hour - 30, { requests: 8 }, { provider: 'google', profileId: 'google:a', model: 'gemini', agent: 'coder' }),
    ])
    const by = (change: Partial<UsageQuestion>): unknown[] => told(core.readUsageHistory({ ...everything, ...change }))
    expect(by({ by: 'model' })).toEqual([
      { provider: 'google', model: 'gemini', requests: 8 },
      { provider: 'openai', model: 'gpt-5', requests: 5 },
      { provider: 'openai', model: 'gpt-4', requests: 2 },
    ])
    expect(by({ by: 'client', only: { provider: 'openai' } })).toEqual([
      { client: 'laptop', requests: 5 },
      { client: 'ci', requests: 2 },
    ])
    expect(by({ by: 'agent' })).toEqual([
      { agent: 'coder', requests: 8 },
      { agent: '', requests: 7 },
    ])
    expect(by({ by: 'provider', from: hour })).toEqual([{ provider: 'openai', requests: 3 }])
    expect(by({ by: 'credential', only: { profileId: 'openai:home' } })).toEqual([
      { provider: 'openai', profileId: 'openai:home', requests: 4 },
    ])
    const today = Math.floor(hour / 24)
    expect(by({ by: 'day' })).toEqual([
      { day: today - 1, requests: 8 },
      { day: today, requests: 7 },
    ])
    expect(by({ by: 'day', utcOffsetMinutes: 12 * 60 })).toEqual([
      { day: today - 1, requests: 8 },
      { day: today + 1, requests: 7 },
    ])
  })

  it('makes days of hours that are a month old, and forgets days after 400', () => {
    const core = openCore(databaseIn(temporaryDirectory()))
    const past = (days: number): number => hour - days * 24
    core.saveUsageHistory([row(past(401)), row(past(399))])
    core.saveUsageHistory([row(past(40)), row(past(40) + 1), row(past(32)), row(past(30)), row(hour)])
    const days = told(core.readUsageHistory({ ...everything, by: 'day' })) as { day: number; requests: number }[]
    const today = Math.floor(hour / 24)
    expect(days.toSorted((a, b) => a.day - b.day)).toEqual([
      { day: today - 399, requests: 1 },
      { day: today - 40, requests: 2 },
      { day: today - 32, requests: 1 },
      { day: today - 30, requests: 1 },
      { day: today, requests: 1 },
    ])
    // A late hour of a day that is one already.
    core.saveUsageHistory([row(past(40) + 2), row(hour + 1)])
    expect(told(core.readUsageHistory({ ...everything, to: past(39), from: past(41) }))).toEqual([
      { provider: 'openai', profileId: 'openai:work', requests: 3 },
    ])
  })

  it('is there for a home of the version before, with its counters', () => {
    const directory = temporaryDirectory()
    const before = join(directory, 'migrations')
    cpSync(migrationsDir, before, { recursive: true, filter: (path) => !/000[6-9]_|00[1-9]\d_/.test(path) })
    expect(readdirSync(before).at(-1)).toBe('0005_secrets.sql')
    const opened = { databasePath: databaseIn(directory), migrations: readMigrations(before), openedAt: 1 }
    const { database: old } = openDatabase(opened)
    openSaveUsage(old)([{ profileId: 'openai:work', requests: 3, lastUsedAt: 5 }])
    old.close()
    const core = openCore(databaseIn(directory))
    expect(core.opening.usage).toEqual([{ profileId: 'openai:work', requests: 3, lastUsedAt: 5 }])
    expect(core.readUsageHistory(everything)).toEqual([])
    core.saveUsageHistory([row(hour)])
    expect(core.readUsageHistory(everything)).toHaveLength(1)
  })

  it('tells of any rows what grouping them in memory tells', () => {
    const rows = fc.array(
      fc.record({
        start: fc.integer({ min: hour - 72, max: hour }),
        provider: fc.constantFrom('openai', 'google'),
        model: fc.constantFrom('', 'a', 'b'),
        client: fc.constantFrom('x', 'y'),
        requests: fc.nat(1_000),
      }),
      { maxLength: 30 },
    )
    const question = fc.record({
      from: fc.integer({ min: hour - 72, max: hour }),
      by: fc.constantFrom('credential', 'model', 'provider', 'agent', 'client', 'day'),
      only: fc.constantFrom({}, { provider: 'openai' }, { model: 'a', client: 'x' }),
      utcOffsetMinutes: fc.integer({ min: -720, max: 840 }),
    })
    const sorted = (groups: readonly unknown[]): string[] => groups.map((group) => JSON.stringify(group)).toSorted()
    fc.assert(
      fc.property(rows, question, (made, asked) => {
        const core = openCore(databaseIn(temporaryDirectory()))
        const all = made.map(({ start, requests, ...key }) => row(start, { requests }, key))
        core.saveUsageHistory(all)
        const full = { ...everything, ...asked } as UsageQuestion // the groupings above
        expect(sorted(core.readUsageHistory(full))).toEqual(sorted(groupRows(all, full)))
        core.close()
      }),
      { numRuns: 25 },
    )
  })
})

it('sums and days are what they say', () => {
  const [one, two] = [noUsage(), noUsage()]
  for (const counter of usageCounters) two[counter] = 2
  addUsage(one, two)
  expect(one).toEqual(two)
  expect(
    mergeGroups([
      { key: { model: 'a' }, counts: one },
      { key: { model: 'a' }, counts: two },
    ])[0]?.counts.ok,
  ).toBe(4)
  expect([dayOf(47, 1, 0), dayOf(47, 1, 60), dayOf(48, 1, -60), dayOf(48, 24, -600)]).toEqual([1, 2, 1, 2])
})
