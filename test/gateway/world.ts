// The world around a gateway in a test: a host whose clock is in hand, or the real one, and the lines of its log.
import { realHost, type Host } from '../../src/host.ts'

/** Time that moves when a test says so; timers fire on the way. */
export interface Clock {
  now(): number
  advance(ms: number): void
  /** Timers that have not fired. */
  pending(): number
  /** When the next of them fires; null without one. */
  nextAt(): number | null
}

export function openWorld(realTime: boolean): { clock: Clock; host: Host; log: string[] } {
  const real = realHost({ env: { HOME: '/nowhere' } })
  const log: string[] = []
  const note = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void log.push(`${message} ${JSON.stringify(fields)}`)
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  let now = Date.parse('2026-01-01T00:00:00.000Z')
  const clock: Clock = {
    now: () => (realTime ? real.now() : now),
    advance(ms) {
      const until = now + ms
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = Math.max(now, next.at)
        next.callback()
      }
      now = until
    },
    pending: () => timers.size,
    nextAt: () => [...timers].reduce<number | null>((least, { at }) => Math.min(least ?? at, at), null),
  }
  const host: Host = {
    ...real,
    now: () => clock.now(),
    monotonicMs: () => (realTime ? real.monotonicMs() : now),
    setTimer(delayMs, callback) {
      if (realTime) return real.setTimer(delayMs, callback)
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    log: { debug: note, info: note, warn: note, error: note },
  }
  return { clock, host, log }
}
