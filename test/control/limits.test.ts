// Callers that send too much, too little or rubbish, or that read nothing: others are served, and memory stays flat.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { openRawSocket } from '../support/raw-socket.ts'

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway()
})

afterAll(() => gateway.stop())

const call = '{"jsonrpc":"2.0","method":"cooldowns.list","id":1}\n'
const answer = { jsonrpc: '2.0', result: [], id: 1 }

describe('a caller of the control socket', () => {
  it('that sends a line of 2 MiB is told so, and its next line is answered', async () => {
    const caller = await openRawSocket(gateway.socket)
    caller.send(Buffer.alloc(2 * 1_048_576, 'x'))
    caller.send(`\n${call}`)
    expect(await caller.next()).toMatchObject({ id: null, error: { code: -32700, data: { code: 'line_too_long' } } })
    expect(await caller.next()).toEqual(answer)
    caller.close()
  })

  it('that sends broken UTF-8 is told so, and its next line is answered', async () => {
    const caller = await openRawSocket(gateway.socket)
    caller.send(
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","method":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`"}\n${call}`),
      ]),
    )
    expect(await caller.next()).toMatchObject({ id: null, error: { code: -32700, data: { code: 'not_utf8' } } })
    expect(await caller.next()).toEqual(answer)
    caller.close()
  })

  it('that asks and asks without reading is not read any more, and others are served', async () => {
    const deaf = await openSocket()
    const before = await memoryBytes()
    const asked = call.repeat(1_000)
    // Until the gateway stops reading: then this end's buffer fills, and no drain comes.
    for (let count = 0; count < 400; count += 1) deaf.write(asked)
    await gateway.client.call('cooldowns.list', {})
    expect(deaf.writableLength).toBeGreaterThan(1_000_000)
    expect((await memoryBytes()) - before).toBeLessThan(64_000_000)
    deaf.destroy()
  })

  it('is served beside a thousand others that send nothing', async () => {
    const before = await memoryBytes()
    const silent = await Promise.all(Array.from({ length: 1_000 }, openSocket))
    const startedAt = performance.now()
    for (let count = 0; count < 100; count += 1) await gateway.client.call('cooldowns.list', {})
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect((await memoryBytes()) - before).toBeLessThan(64_000_000)
    for (const socket of silent) socket.destroy()
  })

  it('is turned away in words when there are too many', async () => {
    const others: Socket[] = []
    for (let count = 0; count < 41; count += 1)
      others.push(...(await Promise.all(Array.from({ length: 100 }, openSocket))))
    const last = others.at(-1)
    expect(last && (await firstLine(last))).toMatchObject({ id: null, error: { code: 104, data: { code: 'busy' } } })
    await gateway.client.call('cooldowns.list', {})
    for (const socket of others) socket.destroy()
  })
})

describe('subscribers that read nothing', () => {
  const changes = 10_000
  const deafCount = 100

  it('cost flat memory however much happens, and get every event once when they read at last', async () => {
    const { eventCount } = await gateway.client.call('gateway.status', {})
    const deaf = await Promise.all(Array.from({ length: deafCount }, openSocket))
    for (const socket of deaf)
      socket.write(`{"jsonrpc":"2.0","method":"audit.subscribe","params":{"after":${eventCount}},"id":1}\n`)
    await changeOften(500)
    const before = await memoryBytes()
    await changeOften(changes - 500)
    // What they have not read is more than 300 MB.
    expect((await memoryBytes()) - before).toBeLessThan(100_000_000)

    const late = deaf[0]
    if (!late) throw new Error('no subscriber')
    const positions = await positionsUntil(late, eventCount + changes)
    expect(positions).toEqual(Array.from({ length: changes }, (_, index) => eventCount + 1 + index))
    for (const socket of deaf) socket.destroy()
  })

  /** Each call is one event. */
  async function changeOften(count: number): Promise<void> {
    const callers = Array.from({ length: 50 }, async (_, number) => {
      const client = await gateway.connect()
      for (let done = 0; done < count / 50; done += 2) {
        await client.call('clients.issue', { name: `c${number}` })
        await client.call('clients.revoke', { name: `c${number}` })
      }
      client.close()
    })
    await Promise.all(callers)
  }
})

async function openSocket(): Promise<Socket> {
  const socket = connect(gateway.socket)
  await once(socket, 'connect')
  return socket
}

async function firstLine(socket: Socket): Promise<unknown> {
  const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [
    Buffer | string,
  ]
  return chunk.length === 0 ? null : JSON.parse(chunk.toString())
}

/** The positions of the events, as they come, up to `last`. */
function positionsUntil(socket: Socket, last: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const positions: number[] = []
    let rest = ''
    socket.setEncoding('utf8')
    socket.once('close', () => reject(new Error(`closed after ${positions.length} events`)))
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { params } = JSON.parse(line) as { params?: { position: number } }
        if (params) positions.push(params.position)
      }
      if (positions.at(-1) === last) resolve(positions)
    })
  })
}

/** What the gateway's process has in memory. */
async function memoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024
}
