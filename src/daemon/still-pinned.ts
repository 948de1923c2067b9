// Tells who removes a credential which sessions have pinned it: their requests are refused from then on.
import type { ProfileId } from '../domain/ids.ts'
import type { Pins } from '../domain/session.ts'

/** Sessions that a note names; the others are counted. */
const namedMax = 3

/** A note, or none. */
export function stillPinned(pins: Pins, profileId: ProfileId): readonly string[] {
  const sessions = Object.values(pins).flatMap((pin) => (pin.profileId === profileId ? [pin.session] : []))
  if (sessions.length === 0) return []
  const more = sessions.length > namedMax ? ` and ${sessions.length - namedMax} more` : ''
  const whose = sessions.length === 1 ? 'session' : 'sessions'
  const named = sessions.slice(0, namedMax).join(', ')
  return [
    `pinned by ${whose} ${named}${more}, whose requests are refused until /model chooses another or /model default`,
  ]
}
