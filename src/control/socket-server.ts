// The control socket: opens it where nobody else serves, checks who calls, and lets only this user and root speak.
import { once } from 'node:events'
import { chmod, rename, rm, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { checkSocketAddress } from '../protocol/socket-address.ts'
import { type Connection, openConnection } from './connection.ts'
import type { ControlDeps } from './deps.ts'
import { openDispatcher } from './dispatcher.ts'
import { openPeerCheck, type Peer, type PeerOf } from './peer.ts'
import { openRefusals } from './refusals.ts'
import { checkDirectory, checkNobodyServes } from './socket-path.ts'
import { openDoor } from './turn-away.ts'

const connectionsMax = 4_096
/** Connections that wait to be accepted; the kernel may allow fewer. */
const backlogMax = 4_096

/** A socket that listens already, opened by whoever runs this process. */
export interface HandedControl {
  readonly fd: number
  readonly address: { readonly path: string }
}

export interface ControlServer {
  /** Answers from now on: until then the socket is not at its path, or what connects to one that was handed over waits. */
  open(): Promise<void>
  /** Takes no more connections, lets calls under way finish for a second, and removes the socket if it is still ours. */
  close(): Promise<void>
}

export interface ControlServerOptions {
  readonly path: string
  /** In place of a socket of our own at `path`. */
  readonly handed: HandedControl | null
}

/**
 * Makes the control socket ready to be served.
 * @throws TraseError `socket_path_too_long`, `permission_denied`, `address_in_use`, `cannot_create`
 */
export async function openControlServer(
  deps: ControlDeps,
  { path, handed }: ControlServerOptions,
): Promise<ControlServer> {
  const { host } = deps
  const peerOf = openPeerCheck(host.platform)
  const dispatcher = openDispatcher(deps)
  const connections = new Set<Connection>()
  const refusals = openRefusals(host)
  const door = openDoor(host)

  // Half-open, so that a caller who has said everything still gets the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = admit(socket)
    if (!peer) return
    const connection = openConnection({ deps, dispatcher, socket, peer })
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })

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

  const place = handed === null ? await ownPlace(server, path, host, peerOf) : await handedPlace(server, handed, host)
  server.on('error', (error) =>
    host.log.error({ error: error.message }, 'the control socket failed to accept a connection'),
  )

  return {
    open: place.open,
    async close() {
      const accepted = new Promise<void>((resolve) => server.close(() => resolve()))
      await place.leave()
      if (handed !== null) await whenQuiet(host, connections)
      await Promise.all([...connections].map((connection) => connection.close()))
      await accepted
    },
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

/** Where the socket lies. */
interface Place {
  open(): Promise<void>
  leave(): Promise<void>
}

/** Whoever handed it over made it, keeps it while we are away, and removes it. */
async function handedPlace(server: Server, { fd, address }: HandedControl, host: Host): Promise<Place> {
  if (!address.path.startsWith('@')) await checkDirectory(host, address.path)
  return {
    async open() {
      server.listen({ fd, backlog: backlogMax })
      await once(server, 'listening')
    },
    async leave() {},
  }
}

async function ownPlace(server: Server, path: string, host: Host, peerOf: PeerOf): Promise<Place> {
  checkSocketAddress(path, host.platform)
  await checkDirectory(host, path)
  await checkNobodyServes(path, peerOf)
  const { temporary, inode } = await bindBeside(server, path, host)
  return {
    open: () => rename(temporary, path),
    async leave() {
      await removeIfOurs(temporary, inode) // of a start that failed
      await removeIfOurs(path, inode)
    },
  }
}

/**
 * Binds beside the path, to be renamed into place. So the socket has mode 0600 before anyone can find it, a stale one is
 * replaced in one step, and Node, which removes the path it bound when it closes, cannot remove a successor's socket.
 */
async function bindBeside(
  server: Server,
  path: string,
  { pid, platform }: Host,
): Promise<{ readonly temporary: string; readonly inode: number }> {
  const temporary = join(dirname(path), `.s${pid}`)
  checkSocketAddress(temporary, platform)
  try {
    await rm(temporary, { force: true }) // of a gateway with this pid that was killed at this very place
    server.listen({ path: temporary, backlog: backlogMax })
    await once(server, 'listening') // rejects with the server's error
    await chmod(temporary, 0o600)
    const { ino } = await stat(temporary)
    return { temporary, inode: ino }
  } catch (error) {
    server.close()
    throw new TraseError('cannot_create', `the control socket ${path} cannot be created: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Another gateway may have put its own socket there, when this one's file had been removed by hand. */
async function removeIfOurs(path: string, inode: number): Promise<void> {
  try {
    const { ino } = await stat(path)
    if (ino === inode) await rm(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
