// Makes sure that a control socket may be opened at a path: its directory is safe, and nobody serves there.
import { lstat, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { PeerOf } from './peer.ts'

const dialMsMax = 1_000

/**
 * Whoever may write to the directory could put a socket of their own in the place of ours.
 * @throws TraseError `permission_denied`, `cannot_create` when there is no such directory
 */
export async function checkDirectory(host: Host, path: string): Promise<void> {
  const directory = dirname(path)
  const { uid, mode } = await stat(directory).catch((error: unknown) => {
    throw new TraseError('cannot_create', `the directory of the control socket cannot be used: ${messageOf(error)}`, {
      cause: error,
    })
  })
  if (uid !== host.uid && uid !== 0) {
    throw new TraseError(
      'permission_denied',
      `the directory of the control socket, ${directory}, belongs to uid ${uid}`,
      {
        hint: 'set TRASEAI_SOCKET to a path in a directory of your own',
      },
    )
  }
  if (mode & 0o022) {
    throw new TraseError('permission_denied', `others may write to the directory of the control socket, ${directory}`, {
      hint: 'set TRASEAI_SOCKET to a path in a directory that only you may write to',
    })
  }
  if (mode & 0o055) {
    host.log.warn({ directory }, 'others may look into the directory of the control socket; 0700 is its mode')
  }
}

/**
 * Dials before anything is replaced, because a socket file says nothing about whether somebody serves it. What remains is
 * the moment between this answer and the rename: the lock on the home, which only one gateway holds, closes it.
 * @throws TraseError `address_in_use` naming who serves, or what else is there; `permission_denied`
 */
export async function checkNobodyServes(path: string, peerOf: PeerOf): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null
    throw new TraseError('cannot_create', `the control socket cannot be opened: ${messageOf(error)}`, { cause: error })
  })
  if (!found) return
  if (!found.isSocket()) {
    const kind = found.isDirectory() ? 'a directory' : 'a file'
    throw new TraseError('address_in_use', `${path} is ${kind}, not a socket`, {
      hint: 'move it away, or set TRASEAI_SOCKET to another path',
    })
  }
  const answer = await dial(path)
  if (answer === 'nobody') return
  const server = typeof answer === 'string' ? null : peerOf(answer)
  if (typeof answer !== 'string') answer.destroy()
  const who = server ? `${server.program ?? 'a program'} (pid ${server.pid})` : 'another program'
  throw new TraseError('address_in_use', `the control socket ${path} is served by ${who}`, {
    hint: 'stop that program, or set TRASEAI_SOCKET to another path',
  })
}

/** `busy` stands for a server whose queue of connections is full. */
function dial(path: string): Promise<Socket | 'nobody' | 'busy'> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.setTimeout(dialMsMax, () => {
      socket.destroy()
      resolve('busy')
    })
    socket.once('connect', () => resolve(socket))
    socket.on('error', (error) => {
      const errno = errnoOf(error)
      if (errno === 'ECONNREFUSED' || errno === 'ENOENT') resolve('nobody')
      else if (errno === 'EAGAIN') resolve('busy')
      else reject(new TraseError('permission_denied', `${path} cannot be dialled: ${error.message}`, { cause: error }))
    })
  })
}
