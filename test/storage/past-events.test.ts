// Events of past versions, as they lie in databases out there, are read as today's.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { decodeEvent, eventTable, type StoredEvent } from '../../src/domain/events.ts'
import { schemaToday } from './other-migrations.ts'
import { databaseIn, openLog, temporaryDirectory } from './temporary-log.ts'

const fixtures = new URL('../fixtures/events/', import.meta.url)

interface Fixture {
  /** The row as the program of that time wrote it. */
  readonly written: StoredEvent
  /** The event that today's program sees. */
  readonly read: unknown
}

it.each(readdirSync(fixtures))('%s', async (file) => {
  const { written, read } = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as Fixture
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  await log.append({ stream: written.stream, expectedVersion: 0, events: [written] })
  const [stored] = await log.read({ limit: 1 })
  expect(stored).toEqual(written) // what lies in the log is not changed …
  expect(decodeEvent(stored!)).toEqual(read) // … only what is made of it
})

it('every past version of every event has a fixture', () => {
  const files = readdirSync(fixtures)
  const past = Object.entries(eventTable).flatMap(([type, { schema }]) =>
    Array.from(
      { length: schema - 1 },
      (_, index) => `${type.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}-${index + 1}.json`,
    ),
  )
  expect(files).toEqual(expect.arrayContaining(past))
})

it('an event that older programs do not know comes with a migration, whose number keeps them out', () => {
  // What each schema has added. What a release has stays as it is: a new type, or a new version of one, belongs under the
  // number of a new migration, which may be a comment and no more.
  const added = JSON.parse(readFileSync(new URL('../fixtures/event-formats.json', import.meta.url), 'utf8')) as Record<
    string,
    readonly string[]
  >
  const newest = new Map(
    Object.values(added).flatMap((formats) => formats.map((text) => text.split(' ') as [string, string])),
  )
  expect(Object.fromEntries(newest)).toEqual(
    Object.fromEntries(Object.entries(eventTable).map(([type, { schema }]) => [type, String(schema)])),
  )
  expect(Math.max(...Object.keys(added).map(Number))).toBeLessThanOrEqual(schemaToday)
})
