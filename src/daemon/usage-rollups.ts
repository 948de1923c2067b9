// Writes the counters of requests to storage now and then, so that "last used" survives a restart.
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { EventLog } from '../storage/event-log.ts'
import { repeat } from './repeat.ts'
import type { RequestMemory } from './request-memory.ts'

const writeEveryMs = 10_000

/** A crash loses at most the last ten seconds of counters. */
export function openUsageRollups(
  host: Host,
  log: Pick<EventLog, 'saveUsage'>,
  memory: RequestMemory,
): { close(): Promise<void> } {
  async function write(): Promise<void> {
    const rollups = memory.takeChangedUsage()
    if (rollups.length === 0) return
    await log
      .saveUsage(rollups)
      .catch((error: unknown) => host.log.warn({ error: messageOf(error) }, 'usage counters could not be written'))
  }

  const writing = repeat(host, writeEveryMs, write)
  return {
    async close() {
      writing.close()
      await write()
    },
  }
}
