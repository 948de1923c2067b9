// Who is at the other end of a Unix socket, as the kernel knows it: the one proof of identity the control socket accepts.
import { readFileSync, readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'
import { arch } from 'node:os'
import { basename } from 'node:path'
import koffi from 'koffi'
import { errnoOf } from '../errors.ts'

export interface Peer {
  readonly uid: number
  /** 0 when the kernel cannot name it, as across pid namespaces. */
  readonly pid: number
  /** Name of its executable; null when it cannot be read. */
  readonly program: string | null
}

/** Null when the kernel does not say who it is: such a caller must be refused. */
export type PeerOf = (socket: Socket) => Peer | null

/** Loads the foreign-function interface, which takes about 10 ms. */
export function openPeerCheck(platform: NodeJS.Platform): PeerOf {
  const read = platform === 'linux' ? linuxCredentials() : darwinCredentials(platform)
  return (socket) => {
    const fd = fileDescriptorOf(socket)
    const credentials = fd === null ? null : read(fd)
    return credentials && { ...credentials, program: credentials.pid > 0 ? programOf(credentials.pid, platform) : null }
  }
}

type ReadCredentials = (fd: number) => { readonly uid: number; readonly pid: number } | null

/** SO_PEERCRED, socket(7) and unix(7): `struct ucred { pid_t pid; uid_t uid; gid_t gid; }` as of connect(2). */
function linuxCredentials(): ReadCredentials {
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)')
  const solSocket = 1
  // asm-generic/socket.h, which all but a few architectures use; of those Node runs on ppc64 alone.
  const soPeerCred = arch() === 'ppc64' ? 21 : 17
  return (fd) => {
    const value = Buffer.alloc(12)
    const length = [value.length]
    if (getsockopt(fd, solSocket, soPeerCred, value, length) !== 0 || length[0] !== value.length) return null
    return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4) }
  }
}

/** getpeereid(3), and LOCAL_PEERPID of <sys/un.h>. Written from the manual pages, not yet run on a Mac. */
function darwinCredentials(platform: NodeJS.Platform): ReadCredentials {
  if (platform !== 'darwin') return () => null
  const libc = koffi.load(null)
  const getpeereid = libc.func('int getpeereid(int fd, _Out_ uint32_t *uid, _Out_ uint32_t *gid)')
  const getsockopt = libc.func(
    'int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)',
  )
  const solLocal = 0
  const localPeerPid = 0x002
  return (fd) => {
    const [uid, gid, pid] = [[0], [0], [0]]
    if (getpeereid(fd, uid, gid) !== 0 || uid[0] === undefined) return null
    const known = getsockopt(fd, solLocal, localPeerPid, pid, [4]) === 0
    return { uid: uid[0], pid: known ? (pid[0] ?? 0) : 0 }
  }
}

/** Node has no public way to a socket's descriptor; a Node that hides it makes every caller unknown, hence refused. */
function fileDescriptorOf(socket: Socket): number | null {
  const handle: unknown = '_handle' in socket ? socket._handle : null
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null
}

/**
 * For the history and the log only, never for a decision: a program may rename itself, and its pid may be reused.
 * The executable of another user cannot be read, its short name can.
 */
function programOf(pid: number, platform: NodeJS.Platform): string | null {
  if (platform !== 'linux') return null
  const sources = [
    () => basename(readlinkSync(`/proc/${pid}/exe`)),
    () => readFileSync(`/proc/${pid}/comm`, 'utf8').trim(),
  ]
  for (const read of sources) {
    try {
      return read().slice(0, 64)
    } catch (error) {
      if (errnoOf(error) === undefined) throw error // the process ended, or belongs to somebody else: the name stays unknown
    }
  }
  return null
}
