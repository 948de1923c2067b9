// How long a connection may say nothing, or half of something.
import type { Host, Timer } from '../host.ts'

/** From the connection to its first whole line. Later silence is fine: subscribers and idle clients are silent. */
const silentMsMax = 60_000
/** From the first byte of a line to its newline. */
const halfLineMsMax = 30_000

export interface Patience {
  lineCame(): void
  /** Call when everything that arrived has been read. */
  restsAt(halfLine: boolean): void
  close(): void
}

/** Calls `giveUp` at most once. */
export function openPatience(host: Host, giveUp: (why: string) => void): Patience {
  let silent: Timer | null = host.setTimer(silentMsMax, () => end('it sent no line'))
  let half: Timer | null = null

  function close(): void {
    silent?.cancel()
    half?.cancel()
    silent = null
    half = null
  }

  function end(why: string): void {
    close()
    giveUp(why)
  }

  return {
    lineCame: close,
    restsAt(halfLine) {
      if (halfLine) half ??= host.setTimer(halfLineMsMax, () => end('it sent half a line'))
      else if (half) {
        half.cancel()
        half = null
      }
    },
    close,
  }
}
