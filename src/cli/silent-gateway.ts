// Ends the wait at a connection on which nobody will answer: a service manager holds the socket, and the gateway cannot be started.
import type { GatewayClient } from '../client/connect.ts'
import { serviceTrouble, type ServiceContext } from './installed.ts'

/** A gateway that runs answers in milliseconds, one that a connection starts within a second or so: then its service is looked at, and as often again. */
const silenceMsMax = 2_000

/** What waits at `client` fails with `gateway_unreachable` and the reason, if its service is in trouble and nothing has come from it. */
export function giveUpWhenSilent(client: GatewayClient, context: ServiceContext): void {
  let isOpen = true
  void client.ended.then(() => (isOpen = false))
  const listen = (): void => void context.host.setTimer(silenceMsMax, () => void look())
  const look = async (): Promise<void> => {
    if (!isOpen || client.hasSpoken()) return
    const trouble = await serviceTrouble(context)
    if (trouble === null) listen()
    else client.giveUp(trouble)
  }
  listen()
}
