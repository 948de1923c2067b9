// Where the control socket lies: bound beside its path and renamed into place, made anew when something removes it, or handed over.
import { once } from 'node:events'
import { chmod, rename, rm, stat } from 'node:fs/promises'
import type { Server } from 'node:net'
import { dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { checkSocketAddress } from '../protocol/socket-address.ts'
import type { PeerOf } from './peer.ts'
import { checkDirectory, checkNobodyServes } from './socket-path.ts'

/** A socket that listens already, opened by whoever runs this process. */
export interface HandedControl {
  readonly fd: number
  readonly address: { readonly path: string }
}

export interface SocketPlace {
  /** The server that accepts now. */
  server(): Server
  open(): Promise<void>
  leave(): Promise<void>
}

/** Connections that wait to be accepted; the kernel may allow fewer. */
const backlogMax = 4_096
/** How often it is looked whether the socket is still there: what cleans up temporary directories removes sockets as well. */
const lookEveryMs = 5_000

/** Whoever handed it over made it, keeps it while we are away, and removes it. */
export async function handedPlace(host: Host, { fd, address }: HandedControl, server: Server): Promise<SocketPlace> {
  if (!address.path.startsWith('@')) await checkDirectory(host, address.path)
  return {
    server: () => server,
    async open() {
      server.listen({ fd, backlog: backlogMax })
      await once(server, 'listening')
    },
    async leave() {},
  }
}

export interface OwnPlace {
  readonly host: Host
  readonly path: string
  readonly peerOf: PeerOf
  /** One that does not listen yet. */
  makeServer(): Server
}

interface Bound {
  readonly server: Server
  readonly temporary: string
  readonly inode: number
}

/** @throws TraseError `socket_path_too_long`, `permission_denied`, `address_in_use`, `cannot_create` */
export async function ownPlace({ host, path, peerOf, makeServer }: OwnPlace): Promise<SocketPlace> {
  checkSocketAddress(path, host.platform)
  await checkDirectory(host, path)
  await checkNobodyServes(path, peerOf)
  let bound = await bindBeside(makeServer(), path, host)
  let timer: Timer | null = null
  let isLeft = false

  function lookLater(): void {
    if (!isLeft) timer = host.setTimer(lookEveryMs, () => void look().then(lookLater))
  }

  // What it warns of was said at the start.
  const quiet: Host = { ...host, log: { ...host.log, warn() {} } }

  /** Never rejects. A socket of somebody else that is served stays as it is. */
  async function look(): Promise<void> {
    if ((await inodeOf(path)) === bound.inode) return
    try {
      await checkDirectory(quiet, path)
      await checkNobodyServes(path, peerOf)
      const next = await bindBeside(makeServer(), path, host)
      if (isLeft) return void next.server.close()
      await rename(next.temporary, path)
      host.log.warn({ path }, 'the control socket was removed, and is made anew')
      bound.server.close() // its connections go on
      bound = next
    } catch (error) {
      const said = { path, error: messageOf(error) }
      host.log.debug(said, 'the control socket is not where it was, and cannot be made anew yet')
    }
  }

  return {
    server: () => bound.server,
    async open() {
      await rename(bound.temporary, path)
      lookLater()
    },
    async leave() {
      isLeft = true
      timer?.cancel()
      await removeIfOurs(bound.temporary, bound.inode) // of a start that failed
      await removeIfOurs(path, bound.inode)
    },
  }
}

/**
 * Binds beside the path, to be renamed into place. So the socket has mode 0600 before anyone can find it, a stale one is
 * replaced in one step, and Node, which removes the path it bound when it closes, cannot remove a successor's socket.
 */
async function bindBeside(server: Server, path: string, { pid, platform }: Host): Promise<Bound> {
  const temporary = join(dirname(path), `.s${pid}`)
  checkSocketAddress(temporary, platform)
  try {
    await rm(temporary, { force: true }) // of a gateway with this pid that was killed at this very place
    server.listen({ path: temporary, backlog: backlogMax })
    await once(server, 'listening') // rejects with the server's error
    await chmod(temporary, 0o600)
    const { ino } = await stat(temporary)
    return { server, temporary, inode: ino }
  } catch (error) {
    server.close()
    throw new TraseError('cannot_create', `the control socket ${path} cannot be created: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Null when nothing can be seen there. */
async function inodeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).ino
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}

/** Another gateway may have put its own socket there, when this one's file had been removed by hand. */
async function removeIfOurs(path: string, inode: number): Promise<void> {
  if ((await inodeOf(path)) === inode) await rm(path, { force: true })
}
