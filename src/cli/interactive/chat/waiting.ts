// The line that tells a person what is waited for, until the first text of an answer comes.
import type { Host, Timer } from '../../../host.ts'
import type { Screen } from './screen.ts'

export interface Waiting {
  /** @param why what is known of the reason */
  begin(why: string | null): void
  /** The model thinks aloud, which is not shown. */
  thinks(): void
  end(): void
}

/** A quick answer needs no such line. */
const firstMs = 400
const everyMs = 1_000

export function openWaiting(host: Pick<Host, 'monotonicMs' | 'setTimer'>, screen: Pick<Screen, 'status'>): Waiting {
  let timer: Timer | null = null
  let startedMs = 0
  let what = ''

  function show(): void {
    const seconds = Math.round((host.monotonicMs() - startedMs) / 1_000)
    screen.status(`${what}${seconds < 2 ? '' : `, ${seconds}s`} (Ctrl-C stops)`)
    timer = host.setTimer(everyMs, show)
  }

  return {
    begin(why) {
      startedMs = host.monotonicMs()
      what = why ?? 'waiting'
      timer = host.setTimer(firstMs, show)
    },
    thinks: () => void (what = 'thinking'),
    end() {
      timer?.cancel()
      timer = null
      screen.status(null)
    },
  }
}
