// Facts that a disk refused to take: kept in the live state and written again and again, up to a limit.
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Journal } from './journal.ts'
import type { Pending } from './live-state.ts'

const factsMax = 1_000
const retryMs = 1_000

/** A fact that comes too late for its stream, or is one too many, is given up. */
export function openUnwrittenFacts(
  host: Host,
  { write, giveUp }: Pick<Journal, 'write' | 'giveUp'>,
): { keepTrying(pending: Pending): void } {
  let waiting = 0

  function keepTrying(pending: Pending): void {
    pending.written.catch((error: unknown) => {
      const tooLate = error instanceof TraseError && error.code === 'conflict'
      const tooMany = waiting >= factsMax
      if (tooMany)
        host.log.error(
          { stream: pending.stream, error: messageOf(error) },
          'a fact could not be written and is given up',
        )
      if (tooLate || tooMany) return giveUp(pending)
      if (waiting === 0) {
        host.log.error(
          { error: messageOf(error) },
          'the event log cannot be written; facts are kept in memory and tried again',
        )
      }
      waiting += 1
      host.setTimer(retryMs, () => {
        waiting -= 1
        write(pending)
        keepTrying(pending)
      })
    })
  }

  return { keepTrying }
}
