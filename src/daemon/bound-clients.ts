// Revokes tokens that are bound to a process once that process is gone, also when the gateway was restarted in between.
import type { Actor } from '../domain/events.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { CommandBus } from './command-bus.ts'
import { type Repeated, repeat } from './repeat.ts'

const checkEveryMs = 10_000
const actor: Actor = { kind: 'timer' }

/** A pid that another program took over meanwhile keeps the token alive until that one ends: the race that remains. */
export function openBoundClients(host: Host, bus: CommandBus): Repeated {
  async function check(): Promise<void> {
    const orphans = Object.values(bus.state().clients).filter(
      (client) => client.boundToPid !== null && !host.processExists(client.boundToPid),
    )
    const revoked = orphans.map((client) => bus.execute({ type: 'RevokeClient', name: client.name }, actor))
    await Promise.all(revoked).catch((error: unknown) =>
      host.log.warn({ error: messageOf(error) }, 'a token of a program that ended could not be revoked; trying again'),
    )
  }

  void check()
  return repeat(host, checkEveryMs, check)
}
