// What sessions have pinned: their part of the fold.
import { type FoldedEvent, type Pin, withoutEntry } from './entities.ts'

/** Keyed by session. */
type Pins = Readonly<Record<string, Pin>>

/** The pins after one more event; the very same object when it does not concern them. */
export function evolvePins(pins: Pins, event: FoldedEvent): Pins {
  switch (event.type) {
    case 'ModelPinned': {
      const { session, agent, model, profileId = null } = event.data
      return { ...pins, [session]: { session, agent, model, profileId, version: event.version } }
    }
    case 'ModelUnpinned':
      return withoutEntry(pins, event.data.session)
    default:
      return pins
  }
}
