// Does a piece of work again and again, never twice at a time.
import type { Host, Timer } from '../host.ts'

export interface Repeated {
  /** No further round begins; one that is under way goes on. */
  close(): void
}

/** The first round begins after `everyMs`, each further one `everyMs` after the end of the one before. `work` must not reject. */
export function repeat(host: Pick<Host, 'setTimer'>, everyMs: number, work: () => Promise<void>): Repeated {
  let closed = false
  let timer: Timer

  function schedule(): void {
    if (!closed) timer = host.setTimer(everyMs, () => void work().then(schedule))
  }

  schedule()
  return {
    close() {
      closed = true
      timer.cancel()
    },
  }
}
