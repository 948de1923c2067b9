// A Unix socket spoken to byte by byte, for what a well-behaved client would never send.
import { connect, type Socket } from 'node:net'

export interface RawSocket {
  readonly socket: Socket
  send(text: string | Uint8Array): void
  /** The next line, parsed; null when the connection has ended. */
  next(): Promise<unknown>
  /** Resolves when the other end has closed. */
  readonly ended: Promise<void>
  close(): void
}

export function openRawSocket(path: string): Promise<RawSocket> {
  const socket = connect(path)
  const lines: string[] = []
  const waiters: ((line: string | null) => void)[] = []
  let rest = ''
  let over = false
  const give = (line: string | null): void => {
    const waiter = waiters.shift()
    if (waiter) waiter(line)
    else if (line !== null) lines.push(line)
  }
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    parts.forEach(give)
  })
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      over = true
      while (waiters.length > 0) give(null)
      resolve()
    })
  })
  const raw: RawSocket = {
    socket,
    send: (text) => void socket.write(text),
    async next() {
      const line = lines.shift() ?? (over ? null : await new Promise<string | null>((resolve) => waiters.push(resolve)))
      return line === null ? null : (JSON.parse(line) as unknown)
    },
    ended,
    close: () => void socket.destroy(),
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(raw))
    socket.once('error', reject)
  })
}
