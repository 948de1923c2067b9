// Appending: expected versions, gapless positions, one commit for all that wait.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { TraseError } from '../../src/errors.ts'
import { anEvent, appendTo, databaseIn, encoded, openCore, openLog, temporaryDirectory } from './temporary-log.ts'

it('the first event of a log has position 1, the next one 2', async () => {
  const { log, lastPosition } = await openLog(databaseIn(temporaryDirectory()))
  expect(lastPosition).toBe(0)
  const first = await log.append({ stream: 'gateway', expectedVersion: 0, events: [anEvent()] })
  const second = await log.append({ stream: 'client:cli', expectedVersion: 0, events: [anEvent(), anEvent()] })
  expect([first, second]).toEqual([
    { outcome: 'appended', firstPosition: 1 },
    { outcome: 'appended', firstPosition: 2 },
  ])
  expect(await log.streamVersion('client:cli')).toBe(2)
  expect(await log.streamVersion('client:none')).toBe(0)
})

it('an event comes back as it went in', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const actor = { kind: 'rpc', uid: 1000, pid: 42, program: 'näme "x"' } as const
  const event = anEvent({ actor, data: { profileId: 'acme:ключ', deep: [null, 1.5, true, '\n'] }, at: 1, schema: 3 })
  await log.append({ stream: 'credential:acme:ключ', expectedVersion: 0, events: [anEvent(), { ...event, cause: 1 }] })
  expect((await log.read({ limit: 10 }))[1]).toEqual({
    ...event,
    cause: 1,
    position: 2,
    version: 2,
    stream: 'credential:acme:ключ',
  })
})

it('an append at the wrong version is a conflict that names the right one, and writes nothing', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  await log.append({ stream: 'gateway', expectedVersion: 0, events: [anEvent()] })
  const outcome = await log.append({ stream: 'gateway', expectedVersion: 0, events: [anEvent(), anEvent()] })
  expect(outcome).toEqual({ outcome: 'conflict', actualVersion: 1 })
  expect(await log.read({ limit: 10 })).toHaveLength(1)
})

it('of two appends that wait together at the same version the first wins, and its neighbours are unharmed', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const append = (stream: string) => log.append({ stream, expectedVersion: 0, events: [anEvent()] })
  expect(await Promise.all([append('a'), append('b'), append('a'), append('c')])).toEqual([
    { outcome: 'appended', firstPosition: 1 },
    { outcome: 'appended', firstPosition: 2 },
    { outcome: 'conflict', actualVersion: 1 },
    { outcome: 'appended', firstPosition: 3 },
  ])
})

it('64 callers at once leave no gap, whatever conflicts they have', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const streams = 16 // so that four callers fight for each
  const acknowledged: number[] = []
  const caller = async (number: number): Promise<void> => {
    const stream = `credential:acme:${number % streams}`
    for (let version = 0, done = 0; done < 10;) {
      const outcome = await log.append({ stream, expectedVersion: version, events: [anEvent()] })
      if (outcome.outcome === 'conflict') version = outcome.actualVersion
      else {
        acknowledged.push(outcome.firstPosition)
        version += 1
        done += 1
      }
    }
  }
  await Promise.all(Array.from({ length: 64 }, (_, number) => caller(number)))
  const expected = Array.from({ length: 640 }, (_, index) => index + 1)
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(expected)
  const events = await log.read({ limit: 1_000 })
  expect(events.map(({ position }) => position)).toEqual(expected)
  for (let stream = 0; stream < streams; stream += 1) {
    const versions = events
      .filter((event) => event.stream === `credential:acme:${stream}`)
      .map(({ version }) => version)
    expect(versions).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  }
})

it('batches of appends answer as one append after the other would', () => {
  const request = fc.record({
    stream: fc.constantFrom('a', 'b', 'c'),
    expected: fc.nat(4),
    events: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(request, { minLength: 1, maxLength: 6 }), { maxLength: 6 }), (batches) => {
      const storage = openCore(databaseIn(temporaryDirectory()))
      const versions = new Map<string, number>()
      let position = 0
      for (const batch of batches) {
        const expected = batch.map(({ stream, expected, events }) => {
          const version = versions.get(stream) ?? 0
          if (version !== expected) return { outcome: 'conflict', actualVersion: version }
          versions.set(stream, version + events)
          position += events
          return { outcome: 'appended', firstPosition: position - events + 1 }
        })
        const requests = batch.map(({ stream, expected, events }) =>
          encoded(
            stream,
            expected,
            Array.from({ length: events }, () => anEvent()),
          ),
        )
        expect(storage.append(requests)).toEqual(expected)
      }
    }),
    { numRuns: 20 },
  )
})

it('a request that no table takes fails alone', () => {
  const storage = openCore(databaseIn(temporaryDirectory()))
  const outcomes = storage.append([
    encoded('a', 0, [anEvent()]),
    encoded('b', 0, [anEvent(), anEvent({ cause: 99 })]), // a cause from the future
    encoded('c', 0, [anEvent()]),
  ])
  expect(outcomes[0]).toEqual({ outcome: 'appended', firstPosition: 1 })
  expect(outcomes[1]).toBeInstanceOf(TraseError)
  expect(outcomes[2]).toEqual({ outcome: 'appended', firstPosition: 2 })
  expect(storage.streamVersion('b')).toBe(0)
})

it('an event that is no JSON, or far too long, fails its own call', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const append = (data: unknown) => log.append({ stream: 'gateway', expectedVersion: 0, events: [anEvent({ data })] })
  await expect(append({ reason: 1n })).rejects.toThrow('BigInt')
  await expect(append({ reason: undefined })).resolves.toMatchObject({ outcome: 'appended' })
  await expect(append({ reason: 'x'.repeat(300_000) })).rejects.toMatchObject({ code: 'usage' })
  await expect(log.append({ stream: 'gateway', expectedVersion: 1, events: [] })).rejects.toThrow('without events')
  expect(await log.streamVersion('gateway')).toBe(1)
})

const rewrites = {
  'UPDATE events SET data = 1': 'append-only',
  'UPDATE events SET position = 9 WHERE position = 2': 'append-only',
  'DELETE FROM events': 'append-only',
  'DELETE FROM events WHERE position = 2': 'append-only',
  "INSERT OR REPLACE INTO events VALUES (1, 'gateway', 1, 'T', 1, 0, '{}', NULL, '{}')":
    'the position must be the next',
  "INSERT OR REPLACE INTO events VALUES (3, 'gateway', 1, 'T', 1, 0, '{}', NULL, '{}')": 'the version must be the next',
  "INSERT OR IGNORE INTO events VALUES (1, 'gateway', 3, 'T', 1, 0, '{}', NULL, '{}')": 'the position must be the next',
  "INSERT INTO events VALUES (4, 'gateway', 3, 'T', 1, 0, '{}', NULL, '{}')": 'the position must be the next',
  "INSERT INTO events VALUES (3, 'gateway', 4, 'T', 1, 0, '{}', NULL, '{}')": 'the version must be the next',
  "INSERT INTO events VALUES (NULL, 'gateway', 3, 'T', 1, 0, '{}', NULL, '{}')": 'the position must be the next',
  "INSERT INTO events VALUES (3, 'gateway', 3, 'T', 1, 0, '{}', NULL, '{}') ON CONFLICT DO UPDATE SET data = '1'": null,
  "INSERT INTO events VALUES (1, 'gateway', 1, 'T', 1, 0, '{}', NULL, '{}') ON CONFLICT DO UPDATE SET data = '1'":
    'the position must be the next',
  'UPDATE installation SET key = zeroblob(32)': 'the installation key never changes',
  'DELETE FROM installation': 'the installation key never changes',
} as const

it.each(Object.entries(rewrites))('the database itself answers to: %s', (sql, refusal) => {
  const path = databaseIn(temporaryDirectory())
  const storage = openCore(path)
  appendTo(storage, 'gateway', 0)
  appendTo(storage, 'gateway', 1)
  const before = storage.read({ limit: 2 })
  const database = connectDatabase(path) // as any other program would
  try {
    if (refusal === null) expect(() => database.exec(sql)).not.toThrow()
    else expect(() => database.exec(sql)).toThrow(refusal)
  } finally {
    database.close()
  }
  expect(storage.read({ limit: 2 })).toEqual(before)
})
