// What requests taught, and an event makes void: a session's credential with the order, what was left of a limit with its value.
import type { RecordedEvent } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import { limitKey } from '../domain/quota-group.ts'
import type { Candidates } from './candidates.ts'
import type { CommandBus } from './command-bus.ts'
import type { RequestMemory } from './request-memory.ts'

export function forgetWithEvents(
  bus: Pick<CommandBus, 'onAppended'>,
  memory: RequestMemory,
  { groupOf }: Pick<Candidates, 'groupOf'>,
): void {
  bus.onAppended((events) => events.forEach(forget))

  function forget({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'CredentialsOrdered':
      case 'CredentialOrderCleared':
        return memory.forgetSessions(data.provider)
      case 'ModelPinned':
      case 'ModelUnpinned':
        // What served the model before is no reason to serve the next one.
        return memory.forgetSession(data.session)
      case 'CredentialRotated':
        return forgetQuotas(data)
      case 'CredentialCooldownCleared':
        // Whoever clears one by hand knows that the limit was lifted.
        if (data.reason === 'user') forgetQuotas(data)
        return
      default: // says nothing about requests
    }
  }

  function forgetQuotas({ profileId }: { readonly profileId: ProfileId }): void {
    memory.forgetQuotas(limitKey(profileId, groupOf(profileId)))
  }
}
