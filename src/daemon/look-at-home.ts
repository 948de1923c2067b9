// What can be known of a home without its gateway: the state of its log, read without taking part in it.
import { join } from 'node:path'
import { decodeEvent } from '../domain/events.ts'
import { foldVersion } from '../domain/fold-version.ts'
import { evolve, initialState, parseState, type State } from '../domain/state.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { eventOfRow } from '../storage/event-row.ts'
import type { LogLook } from '../storage/look-at-log.ts'
import { askThread } from '../storage/start-inspection.ts'
import { version } from '../version.ts'

export interface HomeLook {
  readonly state: State
  /** How the last gateway ended, as far as it could say so; null when it did not. `at` in epoch milliseconds. */
  readonly stopped: { readonly at: number; readonly reason: string } | null
}

/** A gateway writes a snapshot every thousand events: a log with more without one is of another version. */
const eventsMax = 100_000

/**
 * Null when there is no database yet. To be called while no gateway runs in this process.
 * @throws TraseError what keeps it from being read: `database_…`, `home_unwritable`, `storage_failed`, `limit_reached`
 */
export async function lookAtHome(host: Pick<Host, 'paths'>, packageRoot: string): Promise<HomeLook | null> {
  const path = host.paths.database
  const entry = join(packageRoot, 'dist', 'storage-thread.cjs')
  const thread = askThread<LogLook | null>(path, entry, { program: version, look: path, foldVersion, eventsMax })
  try {
    const look = await thread.value
    return look && { state: stateOf(look), stopped: stopOf(look) }
  } finally {
    await thread.end()
  }
}

function stateOf({ snapshot, events, isWhole }: LogLook): State {
  if (!isWhole) throw new TraseError('limit_reached', `more than ${eventsMax} events are behind the newest snapshot`)
  const began = snapshot === null ? initialState : parseState(JSON.parse(snapshot.state))
  if (began === null) throw new TraseError('database_corrupt', 'its newest snapshot cannot be read')
  return events.map((row) => decodeEvent(eventOfRow(row))).reduce(evolve, began)
}

function stopOf({ life }: LogLook): HomeLook['stopped'] {
  const event = life && decodeEvent(eventOfRow(life))
  return event?.type === 'GatewayStopped' ? { at: event.at, reason: event.data.reason } : null
}
