// Stops or restarts the gateway through its service manager, and tells meanwhile what it waits for.
import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayClient } from '../client/connect.ts'
import { TraseError } from '../errors.ts'
import type { ServiceManager } from '../service/init-system.ts'
import type { Context } from './context.ts'
import { unlessUnreachable } from './gateway-connections.ts'
import { gatewayStatus } from './gateway-status.ts'
import { waitNote } from './wait-note.ts'

const pollMs = 20

export interface EndOptions {
  /** Cut the requests under way. */
  readonly now?: boolean
}

/**
 * For a gateway that runs. The service manager is asked first: a gateway that ended because a command told it to would be
 * started again by whoever connects next.
 * @throws TraseError what the service manager says
 */
export async function endThrough(
  context: Context,
  service: ServiceManager,
  how: 'stop' | 'restart',
  { now = false }: EndOptions,
): Promise<void> {
  const gateway = await unlessUnreachable(context.runningGateway())
  const ended = service[how]()
  const telling = gateway === null ? null : tell(context, gateway, now)
  try {
    await ended
  } finally {
    gateway?.close() // ends the telling too
    await telling
  }
}

/** Says once what the stop waits for, and with `now` keeps it from waiting. */
async function tell(context: Context, gateway: GatewayClient, now: boolean): Promise<void> {
  try {
    for (;;) {
      const { pid, stopping } = await gatewayStatus(gateway)
      if (stopping === null) {
        await delay(pollMs)
        continue
      }
      if (now) await gateway.call('gateway.stop', { now })
      else if (stopping.requests > 0) context.io.note(waitNote(pid, stopping, context.host.now()))
      return
    }
  } catch (error) {
    if (error instanceof TraseError && error.code === 'connection_lost') return
    throw error
  }
}
