// A gateway that is started on demand: once, in the background, and with its own words when it cannot start.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectOrStart, type StartOptions } from '../../src/client/start-gateway.ts'
import { type Host, realHost } from '../../src/host.ts'
import { cleanEnvironment, freshHome, programPath } from '../support/gateway-process.ts'
import { leaveStaleSocket } from '../support/stale-socket.ts'

let home: string
let host: Host
let announced: string[]
let options: StartOptions

beforeEach(async () => {
  home = await freshHome()
  host = realHost({ env: cleanEnvironment(home) })
  announced = []
  options = {
    host,
    daemonCommand: { execPath: process.execPath, args: [programPath, 'gateway', 'run', '--background', '--json'] },
    autostart: true,
    announce: (message) => announced.push(message),
    readyTimeoutMs: 25_000,
  }
})

afterEach(() => rm(home, { recursive: true, force: true }))

/** Asks the gateway to stop and waits until its process has gone. */
async function stop(client: Awaited<ReturnType<typeof connectOrStart>>['client']): Promise<void> {
  const { pid } = await client.call('gateway.status', {})
  await client.call('gateway.stop', {})
  await client.ended
  while (host.processExists(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a program that needs the gateway', () => {
  it('starts it when none runs, says so, and finds it the next time', async () => {
    const first = await connectOrStart(options)
    const second = await connectOrStart(options)
    expect([first.started, second.started]).toEqual([true, false])
    const { pid } = await first.client.call('gateway.status', {})
    expect(announced).toEqual([`starting the gateway in the background (pid ${pid})`])
    second.client.close()
    await stop(first.client)
  })

  it('takes over the socket of a killed gateway', async () => {
    await leaveStaleSocket(host.paths.socket)
    const { client, started } = await connectOrStart(options)
    expect(started).toBe(true)
    await stop(client)
  })

  it('is told which process to end when a gateway has the home but not its socket any more', async () => {
    const { client } = await connectOrStart(options)
    const { pid } = await client.call('gateway.status', {})
    await rm(host.paths.socket)
    await expect(connectOrStart({ ...options, readyTimeoutMs: 4_000 })).rejects.toMatchObject({
      code: 'gateway_running',
      message: expect.stringContaining(host.paths.socket) as string,
      hint: expect.stringContaining(`kill ${pid}`) as string,
    })
    await stop(client)
  })

  it('shares one gateway with others that start it at the same moment', async () => {
    const connected = await Promise.all([1, 2, 3].map(() => connectOrStart(options)))
    const pids = await Promise.all(connected.map(async ({ client }) => (await client.call('gateway.status', {})).pid))
    expect(new Set(pids).size).toBe(1)
    expect(connected.filter(({ started }) => started)).toHaveLength(1)
    const [first, ...others] = connected
    for (const { client } of others) client.close()
    if (first) await stop(first.client)
  })

  it('does not start it when it may not', async () => {
    await expect(connectOrStart({ ...options, autostart: false })).rejects.toMatchObject({
      code: 'gateway_unreachable',
    })
    expect(announced).toEqual([])
  })

  it('is told by name why the gateway could not start', async () => {
    await writeFile(
      join(home, 'traseai.db'),
      'this is no database, but long enough to have a header of its own'.repeat(10),
    )
    await expect(connectOrStart(options)).rejects.toMatchObject({ code: 'database_not_ours' })
    await rm(join(home, 'traseai.db'))
    await mkdir(host.paths.socket)
    await expect(connectOrStart(options)).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringContaining('a directory, not a socket') as unknown,
    })
  })

  it('is told the last words of a gateway that crashed', async () => {
    const crash = { execPath: process.execPath, args: ['-e', 'throw new Error("nothing goes")'] }
    await expect(connectOrStart({ ...options, daemonCommand: crash })).rejects.toMatchObject({
      code: 'internal',
      message: 'the gateway ended before it was ready: exit status 1',
      hint: expect.stringContaining('nothing goes') as unknown,
    })
  })

  it('is told when the program of the gateway is not there', async () => {
    const missing = { execPath: join(home, 'missing'), args: [] }
    await expect(connectOrStart({ ...options, daemonCommand: missing })).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT') as unknown,
    })
  })

  it('waits no longer than it was told', async () => {
    const silent = { execPath: process.execPath, args: ['-e', 'setTimeout(() => {}, 500)'] }
    await expect(connectOrStart({ ...options, daemonCommand: silent, readyTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
    })
  })
})
