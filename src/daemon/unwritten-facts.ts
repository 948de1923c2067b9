// Facts that a disk refused to take: kept in the live state and written when it takes writes again, up to a limit.
import { messageOf, TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import type { Journal } from './journal.ts'
import type { Pending } from './live-state.ts'

const factsMax = 1_000
const retryMs = 1_000

export interface UnwrittenFactsDeps {
  readonly host: Pick<Host, 'setTimer' | 'log'>
  readonly journal: Pick<Journal, 'write' | 'giveUp'>
  /** While nothing can be written nothing is tried here. */
  isInTrouble(): boolean
}

/** A fact that comes too late for its stream, or is one too many, is given up. */
export function openUnwrittenFacts({ host, journal, isInTrouble }: UnwrittenFactsDeps): {
  keepTrying(pending: Pending): void
} {
  const waiting = new Set<Pending>()
  let timer: Timer | null = null
  let givenUp = 0

  function keepTrying(pending: Pending): void {
    pending.written.catch((error: unknown) => {
      if (error instanceof TraseError && error.code === 'conflict') return journal.giveUp(pending)
      if (waiting.size >= factsMax) return giveUp(pending, error)
      waiting.add(pending)
      timer ??= host.setTimer(retryMs, tryAgain)
    })
  }

  function giveUp(pending: Pending, error: unknown): void {
    if (givenUp === 0) {
      const said = { error: messageOf(error), stream: pending.stream, facts: factsMax }
      host.log.error(said, 'a fact could not be written and is given up, as are further ones: too many wait already')
    }
    givenUp += 1
    journal.giveUp(pending)
  }

  function tryAgain(): void {
    timer = null
    if (isInTrouble()) return void (timer = host.setTimer(retryMs, tryAgain))
    if (givenUp > 0) host.log.warn({ facts: givenUp }, 'facts were given up while nothing could be written')
    givenUp = 0
    const all = [...waiting]
    waiting.clear()
    for (const pending of all) {
      journal.write(pending)
      keepTrying(pending)
    }
  }

  return { keepTrying }
}
