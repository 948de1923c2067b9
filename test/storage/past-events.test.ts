// Events of past versions, as they lie in databases out there, are read as today's.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { decodeEvent, eventTable, type StoredEvent } from '../../src/domain/events.ts'
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
