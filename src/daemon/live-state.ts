// The state twice: the durable one, which is what the disk holds, and the live one, which is ahead of it by what still waits.
import type { FoldedEvent } from '../domain/entities.ts'
import type { Actor, RecordedEvent } from '../domain/events.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import { evolve, type State } from '../domain/state.ts'

/** Events of one command: decided and in the live state, on their way to the disk. */
export interface Pending {
  readonly stream: string
  /** Of the stream before them. */
  readonly expectedVersion: number
  readonly events: readonly FoldedEvent[]
  readonly actor: Actor
  /** A secret that is kept in the same commit. */
  readonly sealed?: SealedSecret | undefined
  /** Settles with the write that is under way. */
  written: Promise<readonly RecordedEvent[]>
}

export interface LiveState {
  live(): State
  durable(): State
  /** Of the newest durable event. */
  position(): number
  add(pending: Pending): void
  /** The events are on disk from `firstPosition` on; they come back with their positions. To be called in order of position. */
  settle(pending: Pending, firstPosition: number): readonly RecordedEvent[]
  /** The events will not be written: the live state goes back to the durable one plus what still waits. */
  takeBack(pending: Pending): void
  waitingFor(stream: string): readonly Pending[]
}

export function openLiveState(past: { readonly state: State; readonly position: number }): LiveState {
  let { state: durable, position } = past
  let live = durable
  const waiting = new Set<Pending>()

  return {
    live: () => live,
    durable: () => durable,
    position: () => position,
    add(pending) {
      waiting.add(pending)
      live = pending.events.reduce(evolve, live)
    },
    settle(pending, firstPosition) {
      const { events, actor } = pending
      waiting.delete(pending)
      durable = events.reduce(evolve, durable)
      position = firstPosition + events.length - 1
      // The same content; one object for both saves memory, and lets the two drift apart for no longer than a burst.
      if (waiting.size === 0) live = durable
      return events.map((event, index): RecordedEvent => ({
        ...event,
        position: firstPosition + index,
        actor,
        cause: null,
      }))
    },
    takeBack(pending) {
      waiting.delete(pending)
      live = durable
      for (const { events } of waiting) live = events.reduce(evolve, live)
    },
    waitingFor: (stream) => [...waiting].filter((pending) => pending.stream === stream),
  }
}
