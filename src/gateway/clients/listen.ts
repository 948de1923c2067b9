// Opens the port of the HTTP gateway, and says in words why it cannot be opened.
import { once } from 'node:events'
import type { Server } from 'node:net'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import { otherPortSetting } from '../../other-port.ts'
import { whoHasPort } from '../../port-owner.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Where both are set, for the hint. */
  readonly settingsFile: string
}

/** Connections that the kernel holds until we take them; of more that come at once it resets some. The kernel's own limit is 4,096 on Linux. */
const backlog = 4_096

/** Begins to take connections from a socket that listens already, which others hold too. */
export async function listenOn(server: Server, fd: number): Promise<void> {
  // The number is told to the kernel anew, hence the same one.
  server.listen({ fd, backlog })
  await once(server, 'listening')
}

/** @throws TraseError `address_in_use`, `permission_denied`, `configuration_invalid` (the host is not of this machine) */
export async function listen(server: Server, { host, port, settingsFile }: ListenOptions): Promise<void> {
  try {
    server.listen({ host, port, backlog })
    await once(server, 'listening') // rejects with the server's error
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw listenError(error, `${host}:${port}`, settingsFile)
    const setting = await otherPortSetting(host, port, settingsFile)
    throw new TraseError('address_in_use', `${host}:${port} is in use by ${await whoHasPort(port)}`, {
      hint: `set ${setting}, or stop the other program; it may be a gateway of another home`,
      cause: error,
    })
  }
}

function listenError(error: unknown, address: string, settingsFile: string): TraseError {
  switch (errnoOf(error)) {
    case 'EACCES':
      return new TraseError('permission_denied', `this user may not listen on ${address}`, {
        hint: `set gateway.port in ${settingsFile} to 1024 or above`,
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new TraseError('configuration_invalid', `${address} is no address of this machine`, {
        hint: `set gateway.host in ${settingsFile}`,
        cause: error,
      })
    default:
      return new TraseError('internal', `cannot listen on ${address}: ${messageOf(error)}`, { cause: error })
  }
}
