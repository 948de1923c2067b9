// Reading: every filter, in both orders, page by page, always through an index.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import type { ReadRequest } from '../../src/storage/event-log.ts'
import { openReadEvents, readQuery } from '../../src/storage/read-events.ts'
import {
  anEvent,
  appendTo,
  databaseIn,
  encoded,
  openCore,
  openLog,
  refusalOf,
  someTime,
  temporaryDirectory,
} from './temporary-log.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

interface Fact {
  readonly position: number
  readonly stream: string
  readonly type: string
  readonly provider: string | null
  readonly at: number
}

const providers = ['acme', 'anthropic', null]
const types = ['CredentialEnabled', 'CredentialsOrdered', 'GatewayStarted']

/** What the log should answer, by looking at every event. */
function answer(facts: readonly Fact[], request: ReadRequest): number[] {
  const { after, limit, order, stream, provider, type, since, until } = request
  const descending = order === 'desc'
  const found = facts.filter(
    (fact) =>
      (after === undefined || (descending ? fact.position < after : fact.position > after)) &&
      (stream === undefined || fact.stream === stream) &&
      (provider === undefined || fact.provider === provider) &&
      (type === undefined || fact.type === type) &&
      (since === undefined || fact.at >= since) &&
      (until === undefined || fact.at <= until),
  )
  const positions = found.map(({ position }) => position)
  return (descending ? positions.toReversed() : positions).slice(0, limit)
}

const instant = fc.integer({ min: 0, max: 6 * 60 }).map((minutes) => someTime + minutes * minuteMs)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const fact = fc.record({
  stream: fc.constantFrom('credential:acme:default', 'credential:anthropic:default', 'gateway'),
  type: fc.constantFrom(...types),
  provider: fc.constantFrom(...providers),
  at: instant, // in any order: clocks are set back and forth
})
const request = fc.record({
  after: optional(fc.nat(50)),
  limit: fc.integer({ min: 1, max: 20 }),
  order: fc.constantFrom('asc', 'desc'),
  stream: optional(fc.constantFrom('credential:acme:default', 'gateway', 'client:none')),
  provider: optional(fc.constantFrom('acme', 'anthropic', 'nobody')),
  type: optional(fc.constantFrom(...types)),
  since: optional(instant),
  until: optional(instant),
})

it('any filter gives what looking at every event would give', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 40 }), fc.array(request, { maxLength: 20 }), (written, requests) => {
      const storage = openCore(databaseIn(temporaryDirectory()))
      const facts = written.map((fact, index): Fact => ({ ...fact, position: index + 1 }))
      const lengths = new Map<string, number>()
      const appends = facts.map(({ stream, type, provider, at }) => {
        const version = lengths.get(stream) ?? 0
        lengths.set(stream, version + 1)
        const data = provider === null ? { version: '1' } : { profileId: `${provider}:default` }
        return encoded(stream, version, [anEvent({ type, at, data })])
      })
      storage.append(appends)
      for (const request of requests as ReadRequest[]) {
        expect(storage.read(request).map(([position]) => position)).toEqual(answer(facts, request))
      }
    }),
    { numRuns: 25 },
  )
})

it('the provider is the event’s own field, else the part of the credential id before the first colon', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const data = [
    { provider: 'acme', profileId: 'other:x' },
    { profileId: 'acme:a:b' },
    { name: 'acme' },
    { profileId: 'acmeX:a' },
  ]
  await log.append({ stream: 'gateway', expectedVersion: 0, events: data.map((data) => anEvent({ data })) })
  expect((await log.read({ limit: 10, provider: 'acme' })).map(({ position }) => position)).toEqual([1, 2])
})

it('an event before 1970 and one after a leap of the clock are found by their time', () => {
  const storage = openCore(databaseIn(temporaryDirectory()))
  const times = [-hourMs * 1.5, -1, 0, someTime, someTime + 1e12, someTime + 1]
  for (const [version, at] of times.entries()) appendTo(storage, 'gateway', version, anEvent({ at }))
  const between = (since: number, until: number) =>
    storage.read({ limit: 10, since, until }).map(([position]) => position)
  expect(between(-hourMs * 2, -1)).toEqual([1, 2])
  expect(between(-1, 0)).toEqual([2, 3])
  expect(between(someTime, someTime + 1)).toEqual([4, 6])
  expect(between(someTime + 1, someTime + 2e12)).toEqual([5, 6])
})

it('pages go on where the one before ended', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  await log.append({ stream: 'gateway', expectedVersion: 0, events: Array.from({ length: 25 }, () => anEvent()) })
  const pages: number[][] = []
  for (let after: number | undefined; ;) {
    const page = await log.read({ limit: 10, order: 'desc', ...(after === undefined ? {} : { after }) })
    if (page.length === 0) break
    pages.push(page.map(({ position }) => position))
    after = page.at(-1)?.position
  }
  expect(pages.map((page) => [page[0], page.length])).toEqual([
    [25, 10],
    [15, 10],
    [5, 5],
  ])
})

it('a limit below 1 or above 1,000 is refused', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) {
    expect(await refusalOf(() => log.read({ limit }))).toMatchObject({ code: 'usage' })
  }
})

it('every filter is a search in an index: none looks at the whole log, none sorts', () => {
  const path = databaseIn(temporaryDirectory())
  openCore(path)
  const database = connectDatabase(path, { readonly: true })
  const filters = { stream: 'gateway', provider: 'acme', type: 'GatewayStarted', since: 1, until: 2 } as const
  const names = Object.keys(filters) as (keyof typeof filters)[]
  for (let chosen = 0; chosen < 2 ** names.length; chosen += 1) {
    for (const order of ['asc', 'desc'] as const) {
      const given = Object.fromEntries(
        names.filter((_, bit) => chosen & (2 ** bit)).map((name) => [name, filters[name]]),
      )
      const { sql, parameters } = readQuery({ ...given, limit: 10, order }, { first: 1, last: 9 })
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[]
      expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH events USING (INDEX|INTEGER)/)])
    }
  }
  expect(openReadEvents(database)({ limit: 1 })).toEqual([])
  database.close()
})
