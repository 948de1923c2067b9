// The clients of the HTTP gateway and their tokens: their part of the fold and their decider.
import { quoted, TraseError } from '../errors.ts'
import type { ClientCommand, CommandOf } from './command.ts'
import { type Client, entryOf, type FoldedEvent, withoutEntry } from './entities.ts'
import type { DomainEvent } from './events.ts'
import { suggestionOr } from './suggest.ts'

/** Keyed by name. */
type Clients = Readonly<Record<string, Client>>

/** Each request looks its token up among all of them. */
export const clientsMax = 1_000
export const clientNamePattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$/

/** The clients after one more event; the very same object when it does not concern them. */
export function evolveClients(clients: Clients, event: FoldedEvent): Clients {
  switch (event.type) {
    case 'ClientIssued': {
      const { name, tokenHash, boundToPid = null } = event.data
      return { ...clients, [name]: { name, tokenHash, issuedAt: event.at, boundToPid, version: event.version } }
    }
    case 'ClientRevoked':
      return withoutEntry(clients, event.data.name)
    default:
      return clients
  }
}

/**
 * A name holds one token at a time, so a second one is refused rather than the first one silently replaced.
 * @throws TraseError `usage` for a name that cannot be, `already_exists`, `not_found`, `limit_reached`
 */
export function decideClient(clients: Clients, command: ClientCommand): readonly DomainEvent[] {
  return command.type === 'IssueClient' ? decideIssue(clients, command) : decideRevoke(clients, command.name)
}

function decideIssue(
  clients: Clients,
  { name, tokenHash, boundToPid }: CommandOf<'IssueClient'>,
): readonly DomainEvent[] {
  if (!clientNamePattern.test(name)) {
    const hint = 'letters, digits and . _ : @ - in any order after a letter or digit, at most 64'
    throw new TraseError('usage', `${quoted(name)} is not a client name`, { hint })
  }
  if (entryOf(clients, name)) {
    const hint = `take another name, or revoke it first: traseai clients revoke ${name}`
    throw new TraseError('already_exists', `client "${name}" already has a token`, { hint })
  }
  if (Object.keys(clients).length >= clientsMax) {
    throw new TraseError('limit_reached', `${clientsMax} clients have a token, and no more can`)
  }
  return [{ type: 'ClientIssued', data: { name, tokenHash, ...(boundToPid === null ? {} : { boundToPid }) } }]
}

function decideRevoke(clients: Clients, name: string): readonly DomainEvent[] {
  const client = entryOf(clients, name)
  if (client) return [{ type: 'ClientRevoked', data: { name, tokenHash: client.tokenHash } }]
  const hint = suggestionOr(name, Object.keys(clients), 'see which there are: traseai clients list')
  throw new TraseError('not_found', `client ${quoted(name)} not found`, { hint })
}
