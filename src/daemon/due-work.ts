// Recurring work by id: each has its own time, a few run side by side, and none twice at once.
import type { Host, Timer } from '../host.ts'

export interface DueWork<Id> {
  /** The next round for `id` begins after `delayMs`, or, if one is under way, after its end when that is later. */
  schedule(id: Id, delayMs: number): void
  /** A round that is under way goes on, and is the last. */
  forget(id: Id): void
  /** Begins a round for every id; resolves when nothing is due or under way. */
  runAll(): Promise<void>
  /** No further round begins; resolves when those under way have ended. */
  close(): Promise<void>
}

export interface DueWorkDeps<Id> {
  readonly host: Pick<Host, 'monotonicMs' | 'setTimer'>
  readonly atOnceMax: number
  /** One round; resolves to the milliseconds until the next. Must not reject. */
  work(id: Id): Promise<number>
}

export function openDueWork<Id>({ host, atOnceMax, work }: DueWorkDeps<Id>): DueWork<Id> {
  const dueAt = new Map<Id, number>()
  const running = new Map<Id, Promise<void>>()
  const waiting = new Set<() => void>()
  let timer: Timer | undefined
  let closed = false

  function schedule(id: Id, delayMs: number): void {
    dueAt.set(id, host.monotonicMs() + delayMs)
    pump()
  }

  function pump(): void {
    timer?.cancel()
    if (closed) return
    const nowMs = host.monotonicMs()
    let nextAt = Number.POSITIVE_INFINITY
    for (const [id, at] of dueAt) {
      if (running.has(id)) continue
      if (at > nowMs) nextAt = Math.min(nextAt, at)
      else if (running.size < atOnceMax) start(id)
      else return // the end of each round comes back here
    }
    if (running.size === 0) for (const resolve of waiting) resolve()
    if (nextAt < Number.POSITIVE_INFINITY) timer = host.setTimer(nextAt - nowMs, pump)
  }

  function start(id: Id): void {
    dueAt.set(id, Number.POSITIVE_INFINITY)
    running.set(id, round(id))
  }

  async function round(id: Id): Promise<void> {
    const delayMs = await work(id)
    running.delete(id)
    // Somebody may have asked for an earlier one, or have forgotten it.
    const asked = dueAt.get(id)
    if (asked !== undefined) dueAt.set(id, Math.min(asked, host.monotonicMs() + delayMs))
    pump()
  }

  return {
    schedule,
    forget: (id) => void dueAt.delete(id),
    async runAll() {
      if (dueAt.size === 0) return
      for (const id of dueAt.keys()) dueAt.set(id, 0)
      let rested = (): void => {}
      await new Promise<void>((resolve) => {
        waiting.add((rested = resolve))
        pump()
      })
      waiting.delete(rested)
    },
    async close() {
      closed = true
      timer?.cancel()
      for (const resolve of waiting) resolve()
      await Promise.all(running.values())
    },
  }
}
