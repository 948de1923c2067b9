// The version each stream has in memory, so that commands on one stream need not wait for each other's commit.
import { putRecent } from '../domain/put-recent.ts'
import type { EventLog } from '../storage/event-log.ts'

/** Streams that are remembered though their entity left the state; the rest is asked of the log again. */
const rememberedMax = 10_000

export interface StreamVersions {
  /** Undefined when only the log can tell: `load` it then, and get it again. */
  get(stream: string): number | undefined
  set(stream: string, version: number): void
  /** After a failed append: ask the log again. */
  forget(stream: string): void
  /** Asks the log, and keeps its answer unless a newer one was set meanwhile. */
  load(stream: string): Promise<void>
}

/** `inState` is the version of a stream whose entity the state holds. */
export function openStreamVersions(
  inState: (stream: string) => number | null,
  log: Pick<EventLog, 'streamVersion'>,
): StreamVersions {
  const remembered = new Map<string, number>()
  const get = (stream: string): number | undefined => remembered.get(stream) ?? inState(stream) ?? undefined

  const set = (stream: string, version: number): void => void putRecent(remembered, stream, version, rememberedMax)

  async function load(stream: string): Promise<void> {
    const stored = await log.streamVersion(stream)
    if (get(stream) === undefined) set(stream, stored)
  }

  return { get, set, forget: (stream) => void remembered.delete(stream), load }
}
