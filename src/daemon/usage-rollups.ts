// Writes the counters of requests to storage now and then, so that "last used" survives a restart.
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { EventLog } from '../storage/event-log.ts'
import { repeat } from './repeat.ts'
import type { RequestMemory } from './request-memory.ts'

const writeEveryMs = 10_000

/** A crash loses at most the last ten seconds of counters; what cannot be written is tried again with the next round. */
export function openUsageRollups(
  host: Pick<Host, 'setTimer' | 'log'>,
  log: Pick<EventLog, 'saveUsage'>,
  memory: Pick<RequestMemory, 'saveChangedUsage'>,
): { close(): Promise<void> } {
  let written = Promise.resolve()

  /** One after the other, so that the last write also has what the one before it failed to write. */
  function write(): Promise<void> {
    written = written
      .then(() => memory.saveChangedUsage(log.saveUsage))
      .catch((error: unknown) => host.log.warn({ error: messageOf(error) }, 'usage counters could not be written'))
    return written
  }

  const writing = repeat(host, writeEveryMs, write)
  return {
    async close() {
      writing.close()
      await write()
    },
  }
}
