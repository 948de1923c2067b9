// Datagrams to the socket at which systemd listens for how a service is, sd_notify(3): Node has no such sockets.
import koffi from 'koffi'
import { TraseError } from '../../errors.ts'
import type { Host, Timer } from '../../host.ts'

export interface NotifySocket {
  /** Lines such as `READY=1`, which are taken together. What the socket does not take at once is tried again, in order. */
  send(...lines: readonly string[]): void
  /** Now in microseconds, on the clock that systemd compares with. */
  monotonicUs(): number
  close(): void
}

/** unix(7) and socket(2) as of Linux on the architectures that Node runs on. */
const afUnix = 1
const sockDatagram = 2 | 0o2_000_000 // SOCK_DGRAM | SOCK_CLOEXEC
const dontWaitNoSignal = 0x40 | 0x4000 // MSG_DONTWAIT | MSG_NOSIGNAL
/** `sun_path` of struct sockaddr_un. */
const pathBytesMax = 108

/** clock_gettime(2). */
const clockMonotonic = 1

/** While systemd is busy, its queue of datagrams may be full. */
const retryMs = 50
const waitingMax = 64

/**
 * @param path a path, or `@name` for an abstract socket
 * @throws TraseError `internal` when there can be no such socket
 */
export function openNotifySocket({ setTimer, log }: Pick<Host, 'setTimer' | 'log'>, path: string): NotifySocket {
  const address = socketAddress(path)
  const libc = koffi.load(null)
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...numbers: number[]) => number // koffi types every function as any
  const sendto = libc.func(
    'long sendto(int fd, const uint8_t *data, size_t bytes, int flags, const uint8_t *address, uint32_t addressBytes)',
  ) as (fd: number, data: Buffer, bytes: number, flags: number, address: Buffer, addressBytes: number) => number
  const closeFd = libc.func('int close(int fd)') as (fd: number) => number
  const timespec = koffi.struct({ seconds: 'long', nanoseconds: 'long' })
  const clockGettime = libc.func('clock_gettime', 'int', ['int', koffi.out(koffi.pointer(timespec))]) as (
    clock: number,
    time: { seconds: number; nanoseconds: number },
  ) => number
  const fd = socket(afUnix, sockDatagram, 0)
  if (fd < 0) throw new TraseError('internal', `no socket to the service manager: errno ${koffi.errno()}`)

  const { EAGAIN, ENOBUFS, EINTR } = koffi.os.errno
  const waiting: Buffer[] = []
  let timer: Timer | null = null
  let hasFailed = false

  /** False when it has to be tried again. */
  function sendNow(data: Buffer): boolean {
    if (sendto(fd, data, data.length, dontWaitNoSignal, address, address.length) >= 0) return true
    const errno = koffi.errno()
    if (errno === EAGAIN || errno === ENOBUFS || errno === EINTR) return false
    if (!hasFailed) log.warn({ path, errno }, 'the service manager cannot be told how the gateway is')
    hasFailed = true
    return true
  }

  function sendWaiting(): void {
    timer = null
    while (waiting[0] !== undefined && sendNow(waiting[0])) waiting.shift()
    if (waiting.length > 0) timer = setTimer(retryMs, sendWaiting)
  }

  return {
    send(...lines) {
      waiting.push(Buffer.from(lines.map((line) => line.replaceAll('\n', ' ')).join('\n')))
      if (waiting.length > waitingMax) waiting.shift()
      if (timer === null) sendWaiting()
    },
    monotonicUs() {
      const time = { seconds: 0, nanoseconds: 0 }
      clockGettime(clockMonotonic, time)
      return time.seconds * 1_000_000 + Math.trunc(time.nanoseconds / 1_000)
    },
    close() {
      timer?.cancel()
      closeFd(fd)
    },
  }
}

/** struct sockaddr_un: the family in the order of the machine, then the path; an abstract one begins with a zero byte. */
function socketAddress(path: string): Buffer {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)
  if (!/^[/@]./.test(path) || name.length > pathBytesMax) {
    throw new TraseError('internal', `NOTIFY_SOCKET=${path} is no address of a socket`)
  }
  const family = new Uint8Array(Uint16Array.of(afUnix).buffer)
  return Buffer.concat([family, name])
}
