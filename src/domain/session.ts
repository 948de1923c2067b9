// What sessions have pinned: their part of the fold and its decider.
import { quoted, TraseError } from '../errors.ts'
import type { CommandOf, SessionCommand } from './command.ts'
import type { Credentials } from './credential.ts'
import { othersOnly } from './eligibility.ts'
import { entryOf, type FoldedEvent, type Pin, withoutEntry } from './entities.ts'
import type { DomainEvent } from './events.ts'
import type { AgentId, ProfileId, ProviderId } from './ids.ts'
import { parseModelRef } from './model-ref.ts'
import { suggest } from './suggest.ts'

/** Keyed by session. */
export type Pins = Readonly<Record<string, Pin>>

/** Pins that are kept: a further one makes room by dropping the oldest. Each event copies the table: 1 ms for this many. */
export const pinsKeptMax = 5_000
/** Pins in the state at any moment: those that came while the drop of older ones was on its way. */
export const pinsMax = pinsKeptMax + 1_000

/** The pins after one more event; the very same object when it does not concern them. */
export function evolvePins(pins: Pins, event: FoldedEvent): Pins {
  switch (event.type) {
    case 'ModelPinned': {
      const { session, agent, model, profileId = null } = event.data
      return { ...pins, [session]: { session, agent, model, profileId, pinnedAt: event.at, version: event.version } }
    }
    case 'ModelUnpinned':
      return withoutEntry(pins, event.data.session)
    default:
      return pins
  }
}

/**
 * A pin is about a model, and about a credential of its provider that the agent may use; the same again is nothing new.
 * What happens to the credential later leaves the pin as it is: a session that was pinned to a subscription must not
 * turn to a paid key unseen.
 * @throws TraseError `usage` for what is no model, or a credential of another provider or agent; `not_found` for an
 * unknown one; `limit_reached`
 */
export function decideSession(pins: Pins, credentials: Credentials, command: SessionCommand): readonly DomainEvent[] {
  const present = entryOf(pins, command.session)
  if (command.type === 'PinModel') return decidePin(pins, present, credentials, command)
  if (!present) return []
  const { reason } = command
  return [{ type: 'ModelUnpinned', data: { ...dataOf(present), reason } }]
}

/**
 * The credential that a pin may name: of this provider, and for this agent.
 * @param named as the user wrote it, for the messages
 * @throws TraseError `not_found`, `usage`
 */
export function pinnable(
  credentials: Credentials,
  named: { readonly profileId: ProfileId; readonly text: string },
  { provider, agent }: { readonly provider: ProviderId; readonly agent: AgentId },
): ProfileId {
  const { profileId, text } = named
  const credential = entryOf(credentials, profileId)
  const choices = choicesOf(credentials, provider, agent)
  const hint =
    choices.length === 0 ? `${provider} has no credentials` : `credentials of ${provider}: ${choices.join(', ')}`
  if (!credential) {
    const near = suggest(text, choices) ?? nearName(text, choices)
    const meant = near === undefined ? hint : `did you mean ${near}?`
    throw new TraseError('not_found', `profile ${quoted(text)} not found`, { hint: meant })
  }
  if (credential.provider !== provider) {
    throw new TraseError('usage', `profile ${quoted(text)} is for ${credential.provider}, not ${provider}`, { hint })
  }
  const others = othersOnly(credential.agent, agent)
  if (others !== null) throw new TraseError('usage', `profile ${quoted(text)} is ${others}`, { hint })
  return profileId
}

/** `wrok` is near `anthropic:work`. */
function nearName(text: string, ids: readonly ProfileId[]): ProfileId | undefined {
  const names = new Map(ids.map((id) => [id.slice(id.indexOf(':') + 1), id]))
  const name = suggest(text, names.keys())
  return name === undefined ? undefined : names.get(name)
}

function decidePin(
  pins: Pins,
  present: Pin | undefined,
  credentials: Credentials,
  { session, agent, model, profileId }: CommandOf<'PinModel'>,
): readonly DomainEvent[] {
  const { provider } = parseModelRef(model)
  if (profileId !== null) pinnable(credentials, { profileId, text: profileId }, { provider, agent })
  if (present?.model === model && present.profileId === profileId && present.agent === agent) return []
  if (!present && Object.keys(pins).length >= pinsMax) {
    throw new TraseError('limit_reached', `${pinsMax} sessions have a model pinned, and no more can now`, {
      hint: 'try again in a moment',
    })
  }
  return [{ type: 'ModelPinned', data: dataOf({ session, agent, model, profileId }) }]
}

type PinData = Pick<Pin, 'session' | 'agent' | 'model' | 'profileId'>

function dataOf({ session, agent, model, profileId }: PinData): Extract<DomainEvent, { type: 'ModelPinned' }>['data'] {
  return { session, agent, model, ...(profileId === null ? {} : { profileId }) }
}

/** Ids that a message names; a list of hundreds helps nobody. */
const choicesNamedMax = 20

function choicesOf(credentials: Credentials, provider: ProviderId, agent: AgentId): ProfileId[] {
  return Object.values(credentials)
    .filter((each) => each.provider === provider && othersOnly(each.agent, agent) === null)
    .map(({ profileId }) => profileId)
    .slice(0, choicesNamedMax)
}
