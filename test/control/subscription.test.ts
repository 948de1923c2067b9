// Every event once, in order, however commits, slow reads of the log and full buffers fall together.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Output } from '../../src/control/output.ts'
import { openSubscription } from '../../src/control/subscription.ts'
import type { RecordedEvent, StoredEvent } from '../../src/domain/events.ts'
import type { ReadRequest } from '../../src/storage/event-log.ts'

function eventAt(position: number): RecordedEvent & StoredEvent {
  const data = { version: '1', reason: 'test' }
  const envelope = { position, stream: 'gateway', version: position, at: position, cause: null, schema: 1 }
  return { ...envelope, type: 'GatewayStarted', actor: { kind: 'gateway' }, data }
}

/** `commit` grows the log, `room` empties the subscriber's buffer, `turn` lets waiting work go on. */
const step = fc.oneof(
  fc.record({ commit: fc.integer({ min: 1, max: 250 }) }),
  fc.constant('room' as const),
  fc.constant('turn' as const),
)

it('a subscriber gets every event after its position exactly once, in order', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 40 }),
    fc.nat({ max: 50 }),
    fc.integer({ min: 1, max: 30 }),
    fc.scheduler(),
    async (steps, before, bufferLines, scheduler) => {
      let newest = before
      let unread = 0
      const waiters: (() => void)[] = []
      const received: number[] = []
      const listeners = new Set<(events: readonly RecordedEvent[]) => void>()
      const makeRoom = (): void => {
        unread = 0
        for (const wake of waiters.splice(0)) wake()
      }
      const output: Output = {
        write(line) {
          received.push((JSON.parse(line) as { params: { position: number } }).params.position)
          unread += 1
          return unread < bufferLines
        },
        drained: () => (unread < bufferLines ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
        backedUp: false,
      }
      const read = ({ after = 0, limit }: ReadRequest): Promise<StoredEvent[]> => {
        const count = Math.min(limit, newest - after)
        const page = Array.from({ length: count }, (_, index) => eventAt(after + 1 + index))
        return scheduler.schedule(Promise.resolve(page))
      }
      const onAppended = (listener: (events: readonly RecordedEvent[]) => void): (() => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      }
      const deps = { log: { read }, position: () => newest, onAppended }
      const failures: unknown[] = []
      const after = Math.floor(before / 2)
      const subscription = openSubscription({ deps, after, output, onFailure: (error) => failures.push(error) })

      for (const each of steps) {
        if (each === 'room') makeRoom()
        else if (each === 'turn') await (scheduler.count() > 0 ? scheduler.waitNext(1) : Promise.resolve())
        else {
          const events = Array.from({ length: each.commit }, (_, index) => eventAt(newest + 1 + index))
          newest += each.commit
          for (const listener of listeners) listener(events)
        }
      }
      // At last the subscriber reads everything there is.
      for (let rounds = 0; received.length < newest - after && rounds < 100_000; rounds += 1) {
        makeRoom()
        if (scheduler.count() > 0) await scheduler.waitNext(1)
        else await Promise.resolve()
      }
      subscription.close()
      expect(received).toEqual(Array.from({ length: newest - after }, (_, index) => after + 1 + index))
      expect(failures).toEqual([])
      expect(listeners.size).toBe(0)
    },
  )
  await fc.assert(property, { numRuns: 300 })
})
