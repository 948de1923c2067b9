// The control socket: opens it where nobody else serves, checks who calls, and lets only this user and root speak.
import { createServer, type Server, type Socket } from 'node:net'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type Connection, openConnection } from './connection.ts'
import type { ControlDeps } from './deps.ts'
import { openDispatcher } from './dispatcher.ts'
import { openPeerCheck, type Peer, type PeerOf } from './peer.ts'
import { openRefusals } from './refusals.ts'
import { type HandedControl, handedPlace, ownPlace } from './socket-place.ts'
import { openDoor } from './turn-away.ts'

const connectionsMax = 4_096

/** Made, but not answering: until then it is not at its path, or what connects to one that was handed over waits. */
export interface ControlSocket {
  serve(deps: ControlDeps): ControlServer
  /** See `ControlServer`. */
  close(): Promise<void>
}

export interface ControlServer {
  /** Answers from now on. */
  open(): Promise<void>
  /** Takes no more connections, lets calls under way finish for a second, and removes the socket if it is still ours. */
  close(): Promise<void>
}

export interface ControlSocketOptions {
  readonly path: string
  /** In place of a socket of our own at `path`. */
  readonly handed: HandedControl | null
}

/**
 * Makes the control socket, which needs nothing of what answers on it.
 * @throws TraseError `socket_path_too_long`, `permission_denied`, `address_in_use`, `cannot_create`
 */
export async function openControlSocket(host: Host, { path, handed }: ControlSocketOptions): Promise<ControlSocket> {
  const peerOf = openPeerCheck(host.platform)
  const connections = new Set<Connection>()
  let take = (socket: Socket): void => void socket.destroy()

  function makeServer(): Server {
    // Half-open, so that a caller who has said everything still gets the answers.
    const server = createServer({ allowHalfOpen: true }, (socket) => take(socket))
    return server.on('error', (error) =>
      host.log.error({ error: error.message }, 'the control socket failed to accept a connection'),
    )
  }

  const place =
    handed === null ? await ownPlace({ host, path, peerOf, makeServer }) : await handedPlace(host, handed, makeServer())
  let closed: Promise<void> | null = null

  async function end(): Promise<void> {
    const accepted = new Promise<void>((resolve) => place.server().close(() => resolve()))
    await place.leave()
    if (handed !== null) await whenQuiet(host, connections)
    await Promise.all([...connections].map((connection) => connection.close()))
    await accepted
  }
  const close = (): Promise<void> => (closed ??= end())

  return {
    serve(deps) {
      take = openReception(deps, peerOf, connections)
      return { open: place.open, close }
    },
    close,
  }
}

/** What becomes of a new connection. */
function openReception(deps: ControlDeps, peerOf: PeerOf, connections: Set<Connection>): (socket: Socket) => void {
  const { host } = deps
  const dispatcher = openDispatcher(deps)
  const refusals = openRefusals(host)
  const door = openDoor(host)

  function admit(socket: Socket): Peer | null {
    const peer = peerOf(socket)
    if (!peer || !mayControl(peer)) {
      refusals.refuse(peer)
      door.turnAway(socket, new TraseError('permission_denied', 'this control socket belongs to another user'))
      return null
    }
    if (connections.size >= connectionsMax) {
      door.turnAway(socket, new TraseError('busy', `the control socket has ${connectionsMax} connections already`))
      return null
    }
    return peer
  }

  /** Root may read this process's memory and files anyway, so keeping it out would only break `sudo traseai`. */
  function mayControl({ uid }: Peer): boolean {
    return uid === host.uid || uid === 0
  }

  return (socket) => {
    const peer = admit(socket)
    if (!peer) return
    const connection = openConnection({ deps, dispatcher, socket, peer })
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  }
}

/** Between two looks; with nothing new in between, what was sent before the socket was left has been read. */
const quietMs = 100
/** For connections on which something comes all the time. */
const quietMsMax = 1_000

/**
 * What callers sent before the end is still answered, because the next gateway serves the same socket and nobody else would tell them that
 * nothing was done. Resolves when nothing more comes.
 */
async function whenQuiet({ setTimer }: Host, connections: ReadonlySet<Connection>): Promise<void> {
  const read = (): number => [...connections].reduce((sum, { bytesRead }) => sum + bytesRead(), 0)
  const look = (): Promise<number> =>
    // Behind a look of the loop for what has come: after a busy time the timers come first.
    new Promise((resolve) => setTimer(quietMs, () => setImmediate(() => resolve(read()))))
  let before = -1
  for (let ms = 0, now = read(); connections.size > 0 && now !== before && ms < quietMsMax; ms += quietMs) {
    before = now
    now = await look()
  }
}
