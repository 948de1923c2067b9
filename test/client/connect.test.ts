// What a program sees of the gateway through the client, and what it is told when there is none.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectGateway } from '../../src/client/connect.ts'
import type { WireEvent } from '../../src/protocol/contract.ts'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { leaveStaleSocket } from '../support/stale-socket.ts'

const { platform } = process

describe('without a gateway, the client says', () => {
  let home: string
  let socketPath: string
  let server: Server | null

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'traseai-test-'))
    socketPath = join(home, 'control.sock')
    server = null
  })

  afterEach(async () => {
    server?.close()
    await rm(home, { recursive: true })
  })

  /** Something that accepts connections and is no gateway. */
  async function serve(onConnection: (socket: Socket) => void): Promise<void> {
    const listening = createServer(onConnection)
    server = listening
    await new Promise<void>((resolve) => listening.listen(socketPath, resolve))
  }

  it('that nobody answers, and what to type', async () => {
    await expect(connectGateway({ socketPath, platform })).rejects.toMatchObject({
      code: 'gateway_unreachable',
      hint: 'start it: traseai gateway start',
    })
  })

  it('the same for the socket of a killed gateway', async () => {
    await leaveStaleSocket(socketPath)
    await expect(connectGateway({ socketPath, platform })).rejects.toMatchObject({ code: 'gateway_unreachable' })
  })

  it('that a path is too long for a socket', async () => {
    const long = join(home, 'x'.repeat(200))
    await expect(connectGateway({ socketPath: long, platform })).rejects.toMatchObject({ code: 'socket_path_too_long' })
  })

  it('that a call was not answered in time, and the next call can still be answered', async () => {
    await serve((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.toString().includes('gateway.status')) return
        socket.write('{"jsonrpc":"2.0","id":2,"result":[]}\n')
      })
    })
    const client = await connectGateway({ socketPath, platform })
    await expect(client.call('gateway.status', {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    expect(await client.call('clients.list', {})).toEqual([])
    client.close()
  })

  it('that the connection was lost in the middle of a call, to every call that waits', async () => {
    await serve((socket) => socket.once('data', () => socket.destroy()))
    const client = await connectGateway({ socketPath, platform })
    const calls = [client.call('gateway.status', {}), client.call('clients.list', {})]
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'connection_lost' } },
      { status: 'rejected', reason: { code: 'connection_lost' } },
    ])
    expect(await client.ended).toMatchObject({ code: 'connection_lost' })
    await expect(client.call('clients.list', {})).rejects.toMatchObject({ code: 'connection_lost' })
  })

  it('that what it hears is not the protocol', async () => {
    await serve((socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const client = await connectGateway({ socketPath, platform })
    await expect(client.call('gateway.status', {})).rejects.toMatchObject({ code: 'internal' })
  })

  it('why it was turned away, when the gateway speaks first', async () => {
    const refusal = { code: 122, message: 'not for you', data: { code: 'permission_denied' } }
    await serve((socket) => socket.end(`${JSON.stringify({ jsonrpc: '2.0', id: null, error: refusal })}\n`))
    const client = await connectGateway({ socketPath, platform })
    await expect(client.call('gateway.status', {})).rejects.toMatchObject({
      code: 'permission_denied',
      message: 'not for you',
    })
  })
})

describe('with a gateway, the client', () => {
  let gateway: GatewayProcess

  beforeAll(async () => {
    gateway = await startGateway({ env: { OPENAI_API_KEY: 'sk-test-00000000000000000000' } })
  })

  afterAll(() => gateway.stop())

  it('calls a method and has its result', async () => {
    const status = await gateway.client.call('gateway.status', {})
    expect(status).toMatchObject({ pid: gateway.pid, home: gateway.home, socket: gateway.socket })
  })

  it('has a failure by its name, with hint and data', async () => {
    await expect(
      gateway.client.call('credentials.enable', { profileId: 'openai:OPENAI_API_KE' }),
    ).rejects.toMatchObject({
      code: 'not_found',
      message: 'credential "openai:OPENAI_API_KE" not found',
      hint: 'did you mean openai:OPENAI_API_KEY?',
    })
    await expect(gateway.client.callAny('audit.get', { position: 0 })).rejects.toMatchObject({
      code: 'usage',
      data: { issues: [{ path: 'position' }] },
    })
  })

  it('has many answers under way at once, each for its own call', async () => {
    const providers = ['openai', 'anthropic', 'google']
    const orders = await Promise.all(providers.map((provider) => gateway.client.call('order.get', { provider })))
    expect(orders.map(({ profileIds }) => profileIds.length)).toEqual([1, 0, 0])
  })

  it('says in the history who did it: the command line by its word, all else by the kernel', async () => {
    const cli = await connectGateway({ socketPath: gateway.socket, platform, kind: 'cli' })
    await cli.call('clients.issue', { name: 'by-cli' })
    await gateway.client.call('clients.issue', { name: 'by-rpc' })
    const { events } = await gateway.client.call('audit.log', { type: 'ClientIssued', limit: 2 })
    expect(events.map(({ actor }) => actor)).toEqual([
      expect.objectContaining({ kind: 'rpc', uid: process.getuid?.(), pid: process.pid }),
      expect.objectContaining({ kind: 'cli', uid: process.getuid?.(), pid: process.pid }),
    ])
    cli.close()
  })

  it('follows the history from any position, past and present', async () => {
    const follower = await gateway.connect()
    const positions: number[] = []
    let onLast = (): void => {}
    const seen = new Promise<void>((resolve) => (onLast = resolve))
    const { eventCount } = await gateway.client.call('gateway.status', {})
    const onEvent = ({ position }: WireEvent): void => {
      if (positions.push(position) === eventCount + 100) onLast()
    }
    const changes = Array.from({ length: 50 }, async (_, number) => {
      await gateway.client.call('clients.issue', { name: `f${number}` })
      await gateway.client.call('clients.revoke', { name: `f${number}` })
    })
    expect(await follower.subscribe({ after: 0 }, onEvent)).toEqual({ after: 0 })
    await Promise.all(changes)
    await seen
    expect(positions).toEqual(Array.from({ length: eventCount + 100 }, (_, index) => index + 1))
    await expect(follower.subscribe({}, onEvent)).rejects.toMatchObject({ code: 'already_exists' })
    follower.close()
  })

  it('cannot follow from beyond the end', async () => {
    const follower = await gateway.connect()
    await expect(follower.subscribe({ after: 1_000_000 }, () => {})).rejects.toMatchObject({ code: 'usage' })
    follower.close()
  })

  it('loses its token when it was bound to it and goes away', async () => {
    const owner = await gateway.connect()
    const follower = await gateway.connect()
    const revoked = new Promise<WireEvent>((resolve) => {
      void follower.subscribe({}, (event) => event.type === 'ClientRevoked' && resolve(event))
    })
    const { token } = await owner.call('clients.issue', { name: 'mine', bound: true })
    expect(token).toMatch(/^trase_[A-Za-z0-9_-]{43}$/)
    expect(await gateway.client.call('clients.list', {})).toContainEqual(
      expect.objectContaining({ name: 'mine', boundToPid: process.pid }),
    )
    owner.close()
    expect((await revoked).data).toMatchObject({ name: 'mine' })
    follower.close()
  })
})

describe('when the gateway is killed,', () => {
  it('the client says that the connection was lost', async () => {
    const gateway = await startGateway()
    const { ended } = gateway.client
    await gateway.kill9()
    expect(await ended).toMatchObject({ code: 'connection_lost' })
    await gateway.removeHome()
  })
})
