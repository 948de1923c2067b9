// The way of a command's events to the disk: decided on the live state, folded into it at once, appended behind, settled in order.
import type { Command } from '../domain/command.ts'
import { decide, streamOf } from '../domain/decide.ts'
import type { FoldedEvent } from '../domain/entities.ts'
import { eventTable, type Actor, type RecordedEvent } from '../domain/events.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import { TraseError } from '../errors.ts'
import type { EventLog, NewEvent } from '../storage/event-log.ts'
import type { LiveState, Pending } from './live-state.ts'
import type { StreamVersions } from './stream-versions.ts'

export interface JournalDeps {
  now(): number
  readonly log: Pick<EventLog, 'append'>
  readonly state: LiveState
  readonly versions: StreamVersions
  /** Called with the events of each command when they are on disk, in order of position. */
  onSettled(events: readonly RecordedEvent[]): void
  /** Hears of each write, and settles as it does. */
  watch<T>(write: Promise<T>): Promise<T>
}

export interface Journal {
  /** Decides and folds at once, and begins to write; null when there is nothing to do. The stream's version must be known. */
  start(command: Command, actor: Actor, sealed?: SealedSecret): Pending | null
  /** Begins to write once more what could not be written. */
  write(pending: Pending): void
  /** Takes back what could not be written; the log must then be asked for the stream's version again. */
  giveUp(pending: Pending): void
}

export function openJournal({ now, log, state, versions, onSettled, watch }: JournalDeps): Journal {
  function start(command: Command, actor: Actor, sealed?: SealedSecret): Pending | null {
    const stream = streamOf(command)
    const expectedVersion = versions.get(stream) ?? 0
    const at = now()
    const decided = decide(state.live(), command, at)
    if (decided.length === 0) return null
    const events = decided.map((event, index): FoldedEvent => ({
      ...event,
      stream,
      version: expectedVersion + 1 + index,
      at,
    }))
    versions.set(stream, expectedVersion + events.length)
    const pending: Pending = { stream, expectedVersion, events, actor, sealed, written: Promise.resolve([]) }
    state.add(pending)
    write(pending)
    return pending
  }

  function write(pending: Pending): void {
    pending.written = append(pending)
  }

  async function append(pending: Pending): Promise<readonly RecordedEvent[]> {
    const { stream, expectedVersion, events, actor, sealed } = pending
    const written = events.map((event) => newEvent(event, actor))
    const request = { stream, expectedVersion, events: written, ...(sealed && { sealed }) }
    const outcome = await watch(log.append(request))
    if (outcome.outcome === 'conflict') {
      const { actualVersion } = outcome
      throw new TraseError('conflict', `stream ${stream} is at version ${actualVersion}, not ${expectedVersion}`)
    }
    const recorded = state.settle(pending, outcome.firstPosition)
    onSettled(recorded)
    return recorded
  }

  function giveUp(pending: Pending): void {
    state.takeBack(pending)
    versions.forget(pending.stream)
  }

  return { start, write, giveUp }
}

function newEvent(event: FoldedEvent, actor: Actor): NewEvent {
  return { type: event.type, schema: eventTable[event.type].schema, at: event.at, actor, cause: null, data: event.data }
}
