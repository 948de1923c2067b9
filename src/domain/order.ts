// An agent's own order of a provider's credentials: its part of the fold and its decider.
import { TraseError } from '../errors.ts'
import type { CommandOf, OrderCommand } from './command.ts'
import { type Credentials, requireCredential } from './credential.ts'
import { othersOnly } from './eligibility.ts'
import { type AgentOrder, entryOf, type FoldedEvent, withoutEntry } from './entities.ts'
import type { DomainEvent } from './events.ts'
import { type AgentId, type ProfileId, type ProviderId, providerOf } from './ids.ts'

/** Keyed by `orderKey`. */
type Orders = Readonly<Record<string, AgentOrder>>

/** A hint is one line. */
const choicesNamedMax = 20

/** `<agent>/<provider>`: neither holds a slash. */
export function orderKey(agent: AgentId, provider: ProviderId): string {
  return `${agent}/${provider}`
}

/** The orders after one more event; the very same object when it does not concern them. */
export function evolveOrders(orders: Orders, event: FoldedEvent): Orders {
  switch (event.type) {
    case 'CredentialsOrdered': {
      const { agent, provider, profileIds } = event.data
      return { ...orders, [orderKey(agent, provider)]: { agent, provider, profileIds, version: event.version } }
    }
    case 'CredentialOrderCleared':
      return withoutEntry(orders, orderKey(event.data.agent, event.data.provider))
    default:
      return orders
  }
}

/**
 * An order names credentials that are there, of its provider and for its agent, each once; one that is already set so is
 * nothing new. What is dropped from it leaves the rest as it is, and an order of nothing is none.
 * @throws TraseError `not_found` for an unknown credential, `usage` for another provider's or agent's, a repeated one, or none
 */
export function decideOrder(orders: Orders, credentials: Credentials, command: OrderCommand): readonly DomainEvent[] {
  const { agent, provider } = command
  const present = entryOf(orders, orderKey(agent, provider))
  switch (command.type) {
    case 'ClearOrder':
      return present ? [cleared(present)] : []
    case 'DropFromOrder': {
      if (!present?.profileIds.includes(command.profileId)) return []
      const profileIds = present.profileIds.filter((id) => id !== command.profileId)
      if (profileIds.length === 0) return [cleared(present)]
      return [{ type: 'CredentialsOrdered', data: { agent, provider, profileIds } }]
    }
    case 'SetOrder':
      checkOrder(credentials, command)
      if (present && sameIds(present.profileIds, command.profileIds)) return []
      return [{ type: 'CredentialsOrdered', data: { agent, provider, profileIds: [...command.profileIds] } }]
  }
}

function cleared({ agent, provider, profileIds }: AgentOrder): DomainEvent {
  return { type: 'CredentialOrderCleared', data: { agent, provider, profileIds: [...profileIds] } }
}

function checkOrder(credentials: Credentials, { agent, provider, profileIds }: CommandOf<'SetOrder'>): void {
  const choices = choicesOf(credentials, agent, provider)
  if (profileIds.length === 0) {
    throw new TraseError('usage', `an order for ${provider} without credentials`, { hint: choices })
  }
  const seen = new Set<ProfileId>()
  for (const profileId of profileIds) {
    if (providerOf(profileId) !== provider) {
      const message = `credential "${profileId}" is for ${providerOf(profileId)}, not ${provider}`
      throw new TraseError('usage', message, { hint: choices })
    }
    if (seen.has(profileId)) {
      throw new TraseError('usage', `credential "${profileId}" is named twice`, { hint: choices })
    }
    seen.add(profileId)
    const others = othersOnly(requireCredential(credentials, profileId, choices).agent, agent)
    if (others !== null) throw new TraseError('usage', `credential "${profileId}" is ${others}`, { hint: choices })
  }
}

/** What could be ordered, in words; the first of very many. */
function choicesOf(credentials: Credentials, agent: AgentId, provider: ProviderId): string {
  const known = Object.values(credentials).filter(
    (credential) => credential.provider === provider && othersOnly(credential.agent, agent) === null,
  )
  if (known.length === 0) {
    const hasOthers = Object.values(credentials).some((credential) => credential.provider === provider)
    return hasOthers ? `${provider} has no credentials for agent ${agent}` : `${provider} has no credentials`
  }
  const named = known.slice(0, choicesNamedMax).map(({ profileId }) => profileId)
  const more = known.length > named.length ? ` and ${known.length - named.length} more` : ''
  return `known for ${provider}: ${named.join(', ')}${more}`
}

function sameIds(one: readonly ProfileId[], other: readonly ProfileId[]): boolean {
  return one.length === other.length && one.every((profileId, index) => profileId === other[index])
}
