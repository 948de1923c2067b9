// A provider spoken to byte by byte: what came, exactly, and an answer that goes out in the pieces that a test chooses.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type HttpMessage, readMessage } from './http-message.ts'

export interface ByteProvider {
  readonly url: string
  readonly received: readonly HttpMessage[]
  /** The answer to the next requests. */
  answer(pieces: readonly Buffer[], closesAfter: boolean): void
  close(): Promise<void>
}

export async function openByteProvider(): Promise<ByteProvider> {
  const received: HttpMessage[] = []
  const sockets = new Set<Socket>()
  let pieces: readonly Buffer[] = []
  let closesAfter = false

  async function reply(socket: Socket): Promise<void> {
    for (const piece of pieces) {
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
      await nextTurn() // else the system would put the pieces together again
    }
    if (closesAfter) socket.end()
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // the other end may leave
    let bytes = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const message = readMessage(bytes)
      if (message === null) return
      bytes = bytes.subarray(message.length)
      received.push(message)
      void reply(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer(next, closes) {
      pieces = next
      closesAfter = closes
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      if (server.listening) await once(server, 'close')
    },
  }
}
