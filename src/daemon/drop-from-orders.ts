// Takes credentials that are gone out of the agents' orders.
import type { Actor } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import { entryOf } from '../domain/entities.ts'
import type { CommandBus } from './command-bus.ts'
import { isOfEnvironment } from './new-credential.ts'

/** Resolves when it is on disk, with a note for each order that named nothing else and is no order any more. */
export async function dropFromOrders(
  bus: Pick<CommandBus, 'state' | 'execute'>,
  isGone: (profileId: ProfileId) => boolean,
  actor: Actor,
): Promise<readonly string[]> {
  const { orders } = bus.state()
  const dropped = Object.values(orders).flatMap(({ agent, provider, profileIds }) =>
    profileIds.filter(isGone).map(async (profileId) => {
      const events = await bus.execute({ type: 'DropFromOrder', agent, provider, profileId }, actor)
      const isCleared = events.some(({ type }) => type === 'CredentialOrderCleared')
      return isCleared ? [`the order of agent ${agent} for ${provider} named nothing else and was cleared`] : []
    }),
  )
  return (await Promise.all(dropped)).flat()
}

/** What a removal that was cut off by a crash left undone. A key of the environment may come back, and keeps its place. */
export async function finishRemovals(
  bus: Pick<CommandBus, 'state' | 'execute'>,
  providers: readonly Provider[],
): Promise<void> {
  const { credentials } = bus.state()
  const isGone = (id: ProfileId): boolean => !entryOf(credentials, id) && !isOfEnvironment(id, providers)
  await dropFromOrders(bus, isGone, { kind: 'gateway' })
}
