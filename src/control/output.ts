// The writing side of one connection, with a limit on what a client that does not read may pile up.
import type { Socket } from 'node:net'
import type { Host, Timer } from '../host.ts'

/** Bytes that may wait for a client; above it no further request of that client is read. */
const waitingBytesMax = 1_048_576
/** How long a client may leave more than that unread. */
const stalledMsMax = 60_000

export interface Output {
  /** Writes a line. False when the socket's buffer is full: `drained` tells when there is room again. */
  write(line: string): boolean
  /** Resolves when the buffer is empty, at once if it is, and when the connection closes. */
  drained(): Promise<void>
  /** True while more waits than a client may leave unread. */
  readonly backedUp: boolean
}

export interface OutputOptions {
  readonly host: Host
  readonly socket: Socket
  /** There is room again. */
  readonly onDrain: () => void
  /** The client has left too much unread for too long. */
  readonly onStalled: () => void
}

export function openOutput({ host, socket, onDrain, onStalled }: OutputOptions): Output {
  let stalled: Timer | null = null
  let waiters: (() => void)[] = []

  function release(): void {
    stalled?.cancel()
    stalled = null
    const woken = waiters
    waiters = []
    for (const wake of woken) wake()
  }

  socket.on('drain', () => {
    release()
    onDrain()
  })
  socket.on('close', release)

  return {
    write(line) {
      if (!socket.writable) return true // nobody is there to wait for
      const room = socket.write(line)
      if (socket.writableLength > waitingBytesMax) stalled ??= host.setTimer(stalledMsMax, onStalled)
      return room
    },
    drained() {
      if (!socket.writableNeedDrain || socket.destroyed) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
    get backedUp() {
      return stalled !== null
    },
  }
}
