// What the events of a database add up to, as one number by which two of them can be compared.
import { createHash } from 'node:crypto'
import { decodeEvent } from '../domain/events.ts'
import { foldVersion } from '../domain/fold-version.ts'
import { evolve, initialState, parseState, type State } from '../domain/state.ts'
import { TraseError } from '../errors.ts'
import type { BackupCopy } from '../storage/copy-for-backup.ts'

/**
 * SHA-256, in hex, of the state as JSON with its keys in order.
 * @param from `snapshot` folds what came after the newest snapshot, as a start does; `beginning` every event there is
 * @throws TraseError `database_corrupt`, `database_newer` (an event that this program does not know)
 */
export function stateDigest(copy: BackupCopy, from: 'snapshot' | 'beginning'): string {
  return createHash('sha256')
    .update(canonical(fold(copy, from)))
    .digest('hex')
}

function fold(copy: BackupCopy, from: 'snapshot' | 'beginning'): State {
  const snapshot = from === 'snapshot' ? copy.snapshot(foldVersion) : null
  const known = snapshot && parseState(snapshot.state)
  let state = known ?? initialState
  let position = known && snapshot ? snapshot.position : 0
  while (position < copy.position) {
    const events = copy.eventsAfter(position)
    const last = events.at(-1)
    if (!last) throw new TraseError('database_corrupt', `the event log has no event after ${position}`)
    state = events.map(decodeEvent).reduce(evolve, state)
    position = last.position
  }
  return state
}

/** The order of keys is that of the events that made them, or of a snapshot: it says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}
