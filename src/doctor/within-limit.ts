// An end to the time that something is waited for.
import type { Host } from '../host.ts'

/** What is late is left to itself: nothing waits for it any more. */
export function withinLimit<T>(host: Host, limitMs: number, work: Promise<T>): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = host.setTimer(limitMs, () => resolve('late'))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
