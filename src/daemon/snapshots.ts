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
  /** Writes one of the present state, new or not: nobody misses it, and it shows whether the disk takes it. */
  saveAnyway(): Promise<void>
}

/** `lastPosition` is that of the newest snapshot there is. */
export function openSnapshots(
  host: Host,
  log: Pick<EventLog, 'saveSnapshot'>,
  state: LiveState,
  lastPosition: number,
): Snapshots {
  let [tried, saved]: [number, number] = [lastPosition, lastPosition]

  async function save(): Promise<void> {
    if (state.position() !== saved) await saveAnyway()
  }

  async function saveAnyway(): Promise<void> {
    const position = state.position()
    tried = position
    await log.saveSnapshot({ position, foldVersion, state: state.durable() })
    saved = position
  }

  return {
    save,
    saveAnyway,
    noteCommit() {
      if (state.position() - tried < everyEvents) return
      save().catch((error: unknown) => {
        host.log.warn({ error: messageOf(error) }, 'no snapshot was written; the next start will take a little longer')
      })
    },
  }
}
