// Closes what was opened, in the opposite order, and goes on when one of them fails.
import { messageOf } from '../errors.ts'
import type { Log } from '../host.ts'

export type Close = () => Promise<void> | void

/** Last opened, first closed. One that fails to close must not keep the others open: it is told to the log. */
export async function closeAll(log: Log, closers: readonly Close[]): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'something did not close in good order')
    }
  }
}
