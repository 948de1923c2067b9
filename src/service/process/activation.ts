// Sockets that systemd opened for us and keeps open while we restart: which of them is the control socket, which is HTTP.
import { closeSync } from 'node:fs'
import koffi from 'koffi'

export interface HandedSocket {
  readonly fd: number
  /** Of an abstract Unix socket the path begins with `@`. */
  readonly address:
    | { readonly family: 'unix'; readonly path: string }
    | { readonly family: 'tcp'; readonly host: string; readonly port: number }
}

export interface HandedSockets {
  readonly control: (HandedSocket & { readonly address: { readonly family: 'unix' } }) | null
  readonly http: (HandedSocket & { readonly address: { readonly family: 'tcp' } }) | null
  /** What else was handed over; sockets among it are closed again. */
  readonly unexpected: readonly string[]
}

/** socket(7), ip(7), ipv6(7) and unix(7), as of Linux on the architectures that Node runs on. */
const solSocket = 1
const soType = 3
const soAcceptConnections = 30
const streamType = 1
const families = { unix: 1, ip4: 2, ip6: 10 } as const
const noSocket = 'no socket'
/** struct sockaddr_storage. */
const addressBytesMax = 128

/**
 * Tells the sockets apart by their family: one listens at a path, one at a port. A socket that is neither, or comes twice, is closed.
 * Anything else stays as it is: where more is announced than was handed over, those numbers are of Node's own descriptors.
 */
export function takeSockets(descriptors: readonly number[]): HandedSockets {
  const look = descriptors.length === 0 ? null : openLook()
  let control: HandedSockets['control'] = null
  let http: HandedSockets['http'] = null
  const unexpected: string[] = []
  for (const fd of descriptors) {
    const seen = look?.(fd) ?? noSocket
    if (typeof seen === 'string') unexpected.push(`descriptor ${fd}: ${seen}`)
    else if (seen.family === 'unix' && control === null) control = { fd, address: seen }
    else if (seen.family === 'tcp' && http === null) http = { fd, address: seen }
    else unexpected.push(`descriptor ${fd}: a second socket, at ${addressText(seen)}`)
    if (seen !== noSocket && control?.fd !== fd && http?.fd !== fd) closeSync(fd)
  }
  return { control, http, unexpected }
}

/** `/run/traseai/control.sock`, `127.0.0.1:7717`, `[::1]:7717`. */
export function addressText(address: HandedSocket['address']): string {
  if (address.family === 'unix') return address.path
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

/** What a descriptor is: the address at which it listens, or words for what is of no use here. */
function openLook(): (fd: number) => HandedSocket['address'] | string {
  const libc = koffi.load(null)
  const getsockopt = libc.func(
    'int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)',
  ) as (fd: number, level: number, name: number, value: number[], length: number[]) => number // koffi types every function as any
  const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)') as (
    fd: number,
    address: Buffer,
    length: number[],
  ) => number

  const option = (fd: number, name: number): number | null => {
    const value = [0]
    return getsockopt(fd, solSocket, name, value, [4]) === 0 ? (value[0] ?? null) : null
  }

  return (fd) => {
    if (option(fd, soType) === null) return noSocket
    if (option(fd, soType) !== streamType) return 'no stream socket'
    if (option(fd, soAcceptConnections) !== 1) return 'a socket that does not listen'
    const bytes = Buffer.alloc(addressBytesMax)
    const length = [bytes.length]
    if (getsockname(fd, bytes, length) !== 0) return `a socket without an address: errno ${koffi.errno()}`
    return addressIn(bytes.subarray(0, length[0])) ?? 'a socket of another family'
  }
}

/** Ports and addresses are in network order, the family in that of the machine. */
function addressIn(bytes: Buffer): HandedSocket['address'] | null {
  const family = new Uint16Array(Uint8Array.from(bytes.subarray(0, 2)).buffer)[0]
  switch (family) {
    case families.unix: {
      const isAbstract = bytes[2] === 0
      const path = bytes.toString('utf8', isAbstract ? 3 : 2)
      return { family: 'unix', path: isAbstract ? `@${path}` : path.replace(/\0.*$/s, '') }
    }
    case families.ip4:
      return { family: 'tcp', port: bytes.readUInt16BE(2), host: bytes.subarray(4, 8).join('.') }
    case families.ip6:
      return { family: 'tcp', port: bytes.readUInt16BE(2), host: ip6Text(bytes.subarray(8, 24)) }
    default:
      return null
  }
}

/** As a URL has it, which is RFC 5952. */
function ip6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_none, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
