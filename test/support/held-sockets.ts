// Sockets that a test holds without ever taking a connection from them, as a service manager does: Node's own servers would take them.
import { rmSync } from 'node:fs'
import koffi from 'koffi'

export interface HeldSocket {
  readonly fd: number
  close(): void
}

export interface NotifyListener {
  readonly fd: number
  /** What arrived since the last call, each with its lines. */
  received(): readonly string[]
  close(): void
}

/** socket(2), unix(7), ip(7) and recv(2) of Linux. */
const families = { unix: 1, ip4: 2 } as const
const stream = 1
const datagram = 2
const closeOnExec = 0o2_000_000
const dontWait = 0x40
const backlog = 4_096
const datagramBytesMax = 4_096

const libc = koffi.load(null)
const socket = libc.func('int socket(int family, int type, int protocol)') as (...numbers: number[]) => number
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t bytes)') as (
  fd: number,
  address: Buffer,
  bytes: number,
) => number
const listen = libc.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number
const recv = libc.func('long recv(int fd, _Out_ uint8_t *data, size_t bytes, int flags)') as (
  fd: number,
  data: Buffer,
  bytes: number,
  flags: number,
) => number
const closeFd = libc.func('int close(int fd)') as (fd: number) => number
const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)') as (
  fd: number,
  address: Buffer,
  length: number[],
) => number

/** Listens at a path. */
export function holdPath(path: string): HeldSocket & { readonly path: string } {
  const fd = bound(families.unix, stream, pathAddress(path))
  return {
    path,
    fd: listening(fd),
    close() {
      closeFd(fd)
      rmSync(path, { force: true })
    },
  }
}

/** Listens on a free port of 127.0.0.1. */
export function holdPort(): HeldSocket & { readonly port: number } {
  const address = Buffer.alloc(16)
  address.set(familyBytes(families.ip4))
  address.set([127, 0, 0, 1], 4)
  const fd = listening(bound(families.ip4, stream, address))
  getsockname(fd, address, [address.length])
  return { port: address.readUInt16BE(2), fd, close: () => void closeFd(fd) }
}

/** A socket for the datagrams of a service; `@name` is abstract. */
export function listenForNotices(path: string): NotifyListener {
  const fd = bound(families.unix, datagram, pathAddress(path))
  return {
    fd,
    received() {
      const found: string[] = []
      const data = Buffer.alloc(datagramBytesMax)
      for (let bytes = recv(fd, data, data.length, dontWait); bytes >= 0;) {
        found.push(data.toString('utf8', 0, bytes))
        bytes = recv(fd, data, data.length, dontWait)
      }
      return found
    },
    close() {
      closeFd(fd)
      if (!path.startsWith('@')) rmSync(path, { force: true })
    },
  }
}

function bound(family: number, type: number, address: Buffer): number {
  const fd = socket(family, type | closeOnExec, 0)
  if (fd < 0 || bind(fd, address, address.length) !== 0) throw new Error(`no socket: errno ${koffi.errno()}`)
  return fd
}

function listening(fd: number): number {
  if (listen(fd, backlog) !== 0) throw new Error(`it does not listen: errno ${koffi.errno()}`)
  return fd
}

function pathAddress(path: string): Buffer {
  const name = path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`
  return Buffer.concat([familyBytes(families.unix), Buffer.from(name)])
}

const familyBytes = (family: number): Uint8Array => new Uint8Array(Uint16Array.of(family).buffer)
