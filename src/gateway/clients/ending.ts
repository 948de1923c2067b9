// The end of a client's connection at a stop: behind an answer that says so, or when nothing comes any more.
import type { Socket } from 'node:net'
import type { Timer } from '../../host.ts'
import type { ClientResponse } from './response.ts'

export interface Ending {
  /**
   * The connection takes one more request at most. What is under way ends; without it the connection is closed now, or when nothing has come
   * for `quietMs`.
   */
  begin(quietMs: number, current: Answering | null): void
  turnBegins(turn: Answering): void
  /** `was_last`: the client knows that from the answer. */
  turnEnded(): 'was_last' | 'may_go_on'
  /** Nothing is being served and nothing waits: closes the connection in a while, if it is to end. */
  whenQuiet(): void
  cancel(): void
}

interface Answering {
  readonly response: Pick<ClientResponse, 'hasHead' | 'closeAfter'>
}

/** For the rest of a request that is on its way. */
const halfRequestMs = 5_000

export function openEnding(
  socket: Socket,
  setTimer: (delayMs: number, callback: () => void) => Timer,
  isServing: () => boolean,
): Ending {
  let quietMs: number | null = null
  let isAnnounced = false
  /** What had been read when the last answer was complete: anything more belongs to a request that is not whole yet. */
  let answeredBytes = 0
  let timer: Timer | null = null

  /** An answer whose head is out cannot say any more that it is the last: with patience, a further one does. */
  function announce({ response }: Answering): void {
    if (quietMs !== 0 && response.hasHead()) return
    isAnnounced = true
    response.closeAfter()
  }

  /** To close a connection with something unread on it would reset it, and whoever sent that could not know whether it was done. */
  function closeWhenQuiet(patienceMs: number): void {
    const { bytesRead } = socket
    const look = (): void => {
      if (isServing() || socket.destroyed) return
      if (socket.bytesRead === bytesRead) socket.destroySoon()
      else closeWhenQuiet(patienceMs)
    }
    // Behind a look for what has come: after a busy time of the loop the timers come first.
    timer = setTimer(bytesRead > answeredBytes ? halfRequestMs : patienceMs, () => setImmediate(look))
  }

  function whenQuiet(): void {
    if (quietMs !== null) closeWhenQuiet(quietMs)
  }

  return {
    begin(ms, current) {
      quietMs = ms
      if (current !== null) announce(current)
      else if (ms === 0) socket.destroySoon()
      else whenQuiet()
    },
    turnBegins(turn) {
      timer?.cancel()
      if (quietMs !== null) announce(turn)
    },
    turnEnded() {
      answeredBytes = socket.bytesRead
      return isAnnounced ? 'was_last' : 'may_go_on'
    },
    whenQuiet,
    cancel: () => timer?.cancel(),
  }
}
