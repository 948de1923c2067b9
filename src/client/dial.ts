// Opens the connection to the control socket, or says by name why it cannot be opened.
import { connect, type Socket } from 'node:net'
import { errnoOf, TraseError } from '../errors.ts'
import { checkSocketAddress } from '../protocol/socket-address.ts'

export interface DialOptions {
  readonly socketPath: string
  readonly platform: NodeJS.Platform
  readonly timeoutMs: number
}

/** @throws TraseError `socket_path_too_long`, `gateway_unreachable`, `permission_denied`, `busy`, `timeout` */
export async function dial({ socketPath, platform, timeoutMs }: DialOptions): Promise<Socket> {
  checkSocketAddress(socketPath, platform)
  return await new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const timer = setTimeout(() => {
      socket.destroy(new TraseError('timeout', `${socketPath} did not accept a connection in ${timeoutMs} ms`))
    }, timeoutMs)
    const settle = (then: () => void): void => {
      clearTimeout(timer)
      socket.removeAllListeners('connect')
      socket.removeAllListeners('error')
      then()
    }
    socket.once('connect', () => settle(() => resolve(socket)))
    socket.once('error', (error) => settle(() => reject(dialError(error, socketPath))))
  })
}

function dialError(error: Error, path: string): TraseError {
  if (error instanceof TraseError) return error
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return new TraseError('permission_denied', `this user may not use the control socket ${path}`, {
        hint: 'only the user who runs a gateway may use it; for one of your own set TRASEAI_HOME or --home',
        cause: error,
      })
    case 'EAGAIN':
      return new TraseError('busy', `the gateway at ${path} accepts no more connections now`, { cause: error })
    default:
      return new TraseError('gateway_unreachable', `no gateway answers at ${path}`, { cause: error })
  }
}
