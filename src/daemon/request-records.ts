// What becomes of the record of each finished request: sums that are kept, and a line in the log.
import type { UsageRecord } from '../gateway/usage/record.ts'
import type { Host } from '../host.ts'
import type { Core } from './core.ts'
import type { DaemonLog } from './log.ts'
import { openRequestLog } from './request-log.ts'
import { openUsageRollups, type UsageRollups } from './usage-rollups.ts'
import { openUsageTally } from './usage-tally.ts'

export interface RequestRecords extends UsageRollups {
  ended(record: UsageRecord): void
  /** Lines of the log that too slow a disk has cost. */
  linesLost(): number
}

export function openRequestRecords(
  host: Host,
  { log, bus, memory, configuration }: Pick<Core, 'log' | 'bus' | 'memory' | 'configuration'>,
  daemonLog: DaemonLog,
): RequestRecords {
  const tally = openUsageTally()
  const rollups = openUsageRollups({ host, log, memory, tally, trouble: bus.trouble })
  const lines = openRequestLog({
    host,
    mode: () => configuration.current().value.gateway.requestLog,
    write: daemonLog.append,
  })
  daemonLog.onFlush(lines.flush)
  return {
    ended(record) {
      tally.count(record, configuration.current().value.agents.default)
      lines.record(record)
    },
    ask: rollups.ask,
    linesLost: daemonLog.linesLost,
    close() {
      lines.flush()
      return rollups.close()
    },
  }
}
