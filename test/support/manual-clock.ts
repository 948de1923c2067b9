// A clock that goes only when a test moves it, with the timers of `Host`.
import type { Timer } from '../../src/host.ts'

export interface ManualClock {
  now(): number
  monotonicMs(): number
  setTimer(delayMs: number, callback: () => void): Timer
  /** Goes on by `ms`, and calls back what is due on the way, each at its time; then lets promises settle. */
  advance(ms: number): Promise<void>
}

export function openManualClock(startMs = Date.UTC(2026, 0, 15, 12)): ManualClock {
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  let elapsedMs = 0
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimer(delayMs, callback) {
      const timer = { atMs: elapsedMs + Math.max(delayMs, 0), callback }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    async advance(ms) {
      const endMs = elapsedMs + ms
      await settle()
      for (;;) {
        const [due] = [...timers].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)
        if (!due) break
        timers.delete(due)
        elapsedMs = due.atMs
        due.callback()
        await settle()
      }
      elapsedMs = endMs
    },
  }
}

/** What waits for promises alone is done when the event loop has gone round. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
