// Writes a snapshot every thousand events, so that a start never folds more than that.
import { foldVersion } from '../domain/fold-version.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { EventLog } from '../storage/event-log.ts'
import type { LiveState } from './live-state.ts'

const everyEvents = 1_000

export interface Snapshots {
  /** To be called after each commit. */
  noteCommit(): void
  /** Writes one if there is anything new. @throws TraseError `disk_full`, `storage_failed` */
  save(): Promise<void>
}

/** `lastPosition` is that of the newest snapshot there is. */
export function openSnapshots(
  host: Host,
  log: Pick<EventLog, 'saveSnapshot'>,
  state: LiveState,
  lastPosition: number,
): Snapshots {
  let saved = lastPosition

  async function save(): Promise<void> {
    const position = state.position()
    if (position === saved) return
    saved = position
    await log.saveSnapshot({ position, foldVersion, state: state.durable() })
  }

  return {
    save,
    noteCommit() {
      if (state.position() - saved < everyEvents) return
      save().catch((error: unknown) => {
        host.log.warn({ error: messageOf(error) }, 'no snapshot was written; the next start will take a little longer')
      })
    },
  }
}
