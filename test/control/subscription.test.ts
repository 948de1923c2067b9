// Every event once, in order, however commits, slow reads of the log and full buffers fall together.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Output } from '../../src/control/output.ts'
import { openSubscription } from '../../src/control/subscription.ts'
import type { RecordedEvent, StoredEvent } from '../../src/domain/events.ts'
import type { ReadRequest } from '../../src/storage/event-log.ts'

type Event = RecordedEvent & StoredEvent

function eventsBetween(after: number, upTo: number): Event[] {
  const envelope = {
    stream: 'gateway',
    cause: null,
    schema: 1,
    type: 'GatewayStarted',
    actor: { kind: 'gateway' },
  } as const
  const data = { version: '1', reason: 'test' }
  return Array.from({ length: Math.max(0, upTo - after) }, (_, index) => {
    const position = after + 1 + index
    return { ...envelope, position, version: position, at: position, data }
  })
}

/** A log that can be read as soon as it is written, and tells its listeners a little later. */
function openGrowingLog(start: number, scheduler: fc.Scheduler) {
  const listeners = new Set<(events: readonly RecordedEvent[]) => void>()
  let written = start
  let told = start
  return {
    listeners,
    written: () => written,
    grow: (count: number): void => void (written += count),
    tell(): void {
      const events = eventsBetween(told, written)
      told = written
      if (events.length > 0) for (const listener of listeners) listener(events)
    },
    deps: {
      position: () => told,
      onAppended(listener: (events: readonly RecordedEvent[]) => void) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      log: {
        read({ after = 0, limit }: ReadRequest): Promise<StoredEvent[]> {
          return scheduler.schedule(Promise.resolve(eventsBetween(after, Math.min(written, after + limit))))
        },
      },
    },
  }
}

/** A subscriber whose buffer holds so many lines until it reads them. */
function openReader(bufferLines: number) {
  const positions: number[] = []
  const waiters: (() => void)[] = []
  let unread = 0
  let overruns = 0
  const output: Output = {
    write(line) {
      if (unread >= bufferLines) overruns += 1
      positions.push((JSON.parse(line) as { params: { position: number } }).params.position)
      unread += 1
      return unread < bufferLines
    },
    drained: () => (unread < bufferLines ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    backedUp: false,
  }
  return {
    output,
    positions,
    overruns: () => overruns,
    readAll(): void {
      unread = 0
      for (const wake of waiters.splice(0)) wake()
    },
  }
}

const step = fc.oneof(
  fc.record({ grow: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 90, max: 210 })) }),
  fc.constantFrom('tell' as const, 'read all' as const, 'go on' as const),
)

it('a subscriber gets every event after its position exactly once, in order, and no more than it has room for', async () => {
  const steps = fc.array(step, { maxLength: 40 })
  const property = fc.asyncProperty(
    fc.scheduler(),
    steps,
    fc.nat({ max: 50 }),
    fc.integer({ min: 1, max: 30 }),
    async (scheduler, taken, start, bufferLines) => {
      const log = openGrowingLog(start, scheduler)
      const reader = openReader(bufferLines)
      const failures: unknown[] = []
      const after = Math.floor(start / 2)
      const onFailure = (error: unknown): void => void failures.push(error)
      const subscription = openSubscription({ deps: log.deps, after, output: reader.output, onFailure })
      const goOn = (): Promise<void> => (scheduler.count() > 0 ? scheduler.waitNext(1) : Promise.resolve())

      for (const each of taken) {
        if (each === 'tell') log.tell()
        else if (each === 'read all') reader.readAll()
        else if (each === 'go on') await goOn()
        else log.grow(each.grow)
      }
      // In the end everything is read, told, and read again, until nothing more comes.
      for (const last of [log.tell, (): void => {}]) {
        for (let quiet = 0, seen = 0; quiet < 10; quiet = reader.positions.length === seen ? quiet + 1 : 0) {
          seen = reader.positions.length
          reader.readAll()
          await goOn()
        }
        last()
      }
      subscription.close()
      expect(reader.positions).toEqual(eventsBetween(after, log.written()).map(({ position }) => position))
      expect(reader.overruns()).toBe(0)
      expect(failures).toEqual([])
      expect(log.listeners.size).toBe(0)
    },
  )
  await fc.assert(property, { numRuns: 300 })
})
