// A TCP connection of a client spoken to byte by byte, for what no well-behaved HTTP client sends.
import { connect, type Socket } from 'node:net'
import { until } from './until.ts'

export interface RawHttp {
  readonly socket: Socket
  /** Latin 1 as it is, so that `\r\n` and odd bytes go out as written. */
  send(bytes: string | Buffer): void
  /** Everything that came so far, as latin 1. */
  received(): string
  /** Resolves when this has come; rejects when the connection ends before. */
  untilReceived(text: string | RegExp): Promise<string>
  /** Everything that came, once the other end has closed or reset. */
  ended(): Promise<string>
  isOpen(): boolean
  /** Sends what waits, and then that there is no more; goes on reading. */
  finish(): void
  /** Leaves as a program does that ends. */
  leave(): void
}

/** @param allowHalfOpen false closes as soon as the other end does, like most clients */
export async function openRawHttp(url: string): Promise<RawHttp> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  const chunks: Buffer[] = []
  let isEnded = false
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('end', () => (isEnded = true))
  socket.on('close', () => (isEnded = true))
  socket.on('error', () => (isEnded = true)) // a reset is an end, too
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const received = (): string => Buffer.concat(chunks).toString('latin1')
  const has = (text: string | RegExp): boolean =>
    typeof text === 'string' ? received().includes(text) : text.test(received())
  return {
    socket,
    send: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    received,
    async untilReceived(text) {
      await until(
        () => has(text) || isEnded,
        () => `${String(text)} in ${received()}`,
      )
      if (!has(text)) throw new Error(`the connection ended with ${JSON.stringify(received())}`)
      return received()
    },
    async ended() {
      await until(
        () => isEnded,
        () => `ended after ${received()}`,
      )
      socket.destroy()
      return received()
    },
    isOpen: () => !isEnded,
    finish: () => void socket.end(),
    leave: () => void socket.destroy(),
  }
}

/** A request head with its empty line; `\n` in `lines` stands for nothing but itself. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}
