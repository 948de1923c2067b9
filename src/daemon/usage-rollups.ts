// Writes what was counted of requests to storage now and then, and answers what was used, with what is not written yet.
import { groupRows, mergeGroups, type UsageGroup, type UsageQuestion, type UsageRow } from '../domain/usage.ts'
import type { Host } from '../host.ts'
import type { EventLog } from '../storage/event-log.ts'
import { repeat } from './repeat.ts'
import type { RequestMemory } from './request-memory.ts'
import type { UsageTally } from './usage-tally.ts'
import type { WriteTrouble } from './write-trouble.ts'

const writeEveryMs = 10_000

export interface UsageRollups {
  /** Largest groups first. @throws TraseError `storage_failed` */
  ask(question: UsageQuestion): Promise<UsageGroup[]>
  /** Writes what is left. */
  close(): Promise<void>
}

export interface UsageRollupsDeps {
  readonly host: Pick<Host, 'setTimer'>
  readonly log: Pick<EventLog, 'saveUsage' | 'saveUsageHistory' | 'readUsageHistory'>
  readonly memory: Pick<RequestMemory, 'saveChangedUsage'>
  readonly tally: UsageTally
  /** Tells of what cannot be written. */
  readonly trouble: Pick<WriteTrouble, 'watch' | 'wrote'>
}

/** A crash loses at most the last ten seconds of counters; what cannot be written is tried again with the next round. */
export function openUsageRollups({ host, log, memory, tally, trouble }: UsageRollupsDeps): UsageRollups {
  let written = Promise.resolve()
  /** While the history is written: resolves to what could not be. */
  let unwritten: Promise<readonly UsageRow[]> | null = null

  async function saveHistory(): Promise<readonly UsageRow[]> {
    const rows = tally.take()
    if (rows.length === 0) return rows
    try {
      await trouble.watch(log.saveUsageHistory(rows))
      trouble.wrote()
      return []
    } catch {
      tally.putBack(rows)
      return rows
    } finally {
      unwritten = null
    }
  }

  /** One after the other, so that the last write also has what the one before it failed to write. */
  function write(): Promise<void> {
    written = writeAfter(written)
    return written
  }

  async function writeAfter(before: Promise<void>): Promise<void> {
    await before
    const history = saveHistory()
    unwritten = history
    const uses = memory.saveChangedUsage((rollups) => trouble.watch(log.saveUsage(rollups)))
    await Promise.all([uses.catch(() => undefined), history]) // told by whoever watches
  }

  const writing = repeat(host, writeEveryMs, write)
  return {
    async ask(question) {
      const pending = groupRows(tally.pending(), question)
      const underWay = unwritten
      // Answers come in the order of the questions: when this one is here, it is known what became of the write before it.
      const kept = await log.readUsageHistory(question)
      const groups = mergeGroups([...kept, ...pending, ...groupRows((await underWay) ?? [], question)])
      return groups.toSorted((a, b) => b.counts.requests - a.counts.requests)
    },
    async close() {
      writing.close()
      await write()
    },
  }
}
