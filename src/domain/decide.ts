// Sends each command to its stream's decider, and says which stream that is and which version the state knows of it.
import { decideBackup } from './backup.ts'
import { decideClient } from './client.ts'
import type { Command } from './command.ts'
import { decideCredential } from './credential.ts'
import { entryOf } from './entities.ts'
import type { DomainEvent } from './events.ts'
import { decideGatewayLife } from './gateway-life.ts'
import { decideNotice } from './notice.ts'
import { decideOrder } from './order.ts'
import { decideSession } from './session.ts'
import type { State } from './state.ts'

/** The one stream a command may append to. */
export function streamOf(command: Command): string {
  switch (command.type) {
    case 'SetOrder':
    case 'ClearOrder':
    case 'DropFromOrder':
      return `order:${command.agent}:${command.provider}`
    case 'IssueClient':
    case 'RevokeClient':
      return `client:${command.name}`
    case 'PinModel':
    case 'UnpinModel':
      return `session:${command.session}`
    case 'RecordStart':
    case 'RecordStop':
      return 'gateway'
    case 'RecordRekey':
      return 'vault'
    case 'RecordBackup':
    case 'RecordRestore':
      return 'backup'
    case 'RecordNotice':
    case 'SettleNotice':
      return 'notices'
    default:
      return `credential:${command.profileId}`
  }
}

/** The version of a stream whose entity is in the state; null when only the log can tell (new, removed, or never kept). */
export function versionOf(state: State, stream: string): number | null {
  const [kind] = stream.split(':', 1)
  const id = stream.slice(stream.indexOf(':') + 1)
  switch (kind) {
    case 'credential':
      return entryOf(state.credentials, id)?.version ?? null
    case 'order':
      // An agent's id may hold a colon, a provider's does not: the last one parts them.
      return entryOf(state.orders, id.replace(/:(?=[^:]*$)/, '/'))?.version ?? null
    case 'client':
      return entryOf(state.clients, id)?.version ?? null
    case 'session':
      return entryOf(state.pins, id)?.version ?? null
    default:
      return null
  }
}

/**
 * The facts that follow from a command, none when there is nothing to do. `now` is in epoch milliseconds.
 * @throws TraseError what the stream's decider refuses with
 */
export function decide(state: State, command: Command, now: number): readonly DomainEvent[] {
  switch (command.type) {
    case 'SetOrder':
    case 'ClearOrder':
    case 'DropFromOrder':
      return decideOrder(state.orders, state.credentials, command)
    case 'IssueClient':
    case 'RevokeClient':
      return decideClient(state.clients, command)
    case 'PinModel':
    case 'UnpinModel':
      return decideSession(state.pins, state.credentials, command)
    case 'RecordStart':
    case 'RecordStop':
      return decideGatewayLife(command)
    case 'RecordBackup':
    case 'RecordRestore':
      return decideBackup(command)
    case 'RecordRekey':
      return [{ type: 'VaultRekeyed', data: { keyId: command.keyId, keeper: command.keeper } }]
    case 'RecordNotice':
    case 'SettleNotice':
      return decideNotice(state.notices, command)
    default:
      return decideCredential(state.credentials, command, now)
  }
}
