// What the log says at a start: the newest usable snapshot and the events after it; everything when there is no snapshot.
import { decodeEvent } from '../domain/events.ts'
import { evolve, initialState, parseState, type State } from '../domain/state.ts'
import { isRecord } from '../domain/json-record.ts'
import { TraseError } from '../errors.ts'
import { readLimitMax, type OpenedLog } from '../storage/event-log.ts'

export interface Past {
  readonly state: State
  /** Of the newest event. */
  readonly position: number
  /** 0 when none was used. */
  readonly snapshotPosition: number
}

/** @throws TraseError `database_corrupt`, `database_newer` (an event that this program does not know, with whose it is) */
export async function foldPast(opened: OpenedLog): Promise<Past> {
  try {
    return await fold(opened)
  } catch (error) {
    if (error instanceof TraseError && error.code === 'database_newer') throw await ofProgram(error, opened)
    throw error
  }
}

async function fold(opened: OpenedLog): Promise<Past> {
  const { log, snapshot, lastPosition } = opened
  const fromSnapshot = snapshot ? parseState(snapshot.state) : null
  const snapshotPosition = fromSnapshot && snapshot ? snapshot.position : 0
  const readAfter = (after: number): ReturnType<typeof log.read> =>
    log.read({ after, limit: readLimitMax, order: 'asc' })
  let state = fromSnapshot ?? initialState
  let position = snapshotPosition
  let page = snapshot && !fromSnapshot ? await readAfter(0) : opened.tail
  while (page.length > 0) {
    state = page.map(decodeEvent).reduce(evolve, state)
    position = page.at(-1)?.position ?? position
    page = position < lastPosition ? await readAfter(position) : []
  }
  if (position !== lastPosition) {
    throw new TraseError(
      'database_corrupt',
      `the event log ends at ${position}, but its newest event is ${lastPosition}`,
    )
  }
  return { state, position, snapshotPosition }
}

/** A newer schema refuses such a log as a whole; an event can come without one only from a program between two versions. */
async function ofProgram(error: TraseError, { log }: OpenedLog): Promise<TraseError> {
  const [started] = await log.read({ type: 'GatewayStarted', order: 'desc', limit: 1 })
  const writer = started && isRecord(started.data) ? started.data['version'] : undefined
  if (typeof writer !== 'string') return error
  return new TraseError('database_newer', `${error.message}; TraseAI ${writer} used the database last`, {
    hint: `install that version again: npm install --global traseai@${writer}; copies from before an upgrade are listed by traseai doctor --verbose`,
    data: { version: writer },
    cause: error,
  })
}
