// The socket's file, from the start of a gateway to its end.
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectGateway } from '../../src/client/connect.ts'
import { freshHome, startGateway } from '../support/gateway-process.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { until } from '../support/until.ts'

let home: string

beforeEach(async () => {
  home = await freshHome()
})

afterEach(() => rm(home, { recursive: true, force: true }))

describe('the control socket', () => {
  it('is there for its owner alone while the gateway runs, and gone afterwards', async () => {
    const gateway = await startGateway({ home })
    expect((await stat(gateway.socket)).mode & 0o777).toBe(0o600)
    expect(await gateway.stop()).toEqual({ code: 0, signal: null })
    expect(existsSync(gateway.socket)).toBe(false)
  })

  it('is taken over from a gateway that was killed', async () => {
    const killed = await startGateway({ home })
    await killed.kill9()
    expect(existsSync(killed.socket)).toBe(true)
    const next = await startGateway({ home })
    expect(next.pid).not.toBe(killed.pid)
    await next.stop()
  })

  it('is not taken from a gateway of another home: the new one says who has it', async () => {
    const socket = join(home, 'shared.sock')
    const first = await startGateway({ home, env: { TRASEAI_SOCKET: socket } })
    const second = startGateway({ env: { TRASEAI_SOCKET: socket } })
    await expect(second).rejects.toThrow(new RegExp(`status 73[^]*served by node \\(pid ${first.pid}\\)`))
    await first.client.call('gateway.status', {})
    await first.stop()
  })

  it('of a successor stays when this gateway stops', async () => {
    const gateway = await startGateway({ home })
    const aside = `${gateway.socket}.aside`
    await rename(gateway.socket, aside)
    const successor = createServer()
    await new Promise<void>((resolve) => successor.listen(gateway.socket, resolve))
    await gateway.stop()
    expect(existsSync(gateway.socket)).toBe(true)
    await new Promise((resolve) => successor.close(resolve))
  })

  it('that something removed is made anew, and what is connected goes on', async () => {
    const gateway = await startGateway({ home })
    await rm(gateway.socket)
    await until(() => existsSync(gateway.socket))
    expect((await stat(gateway.socket)).mode & 0o777).toBe(0o600)
    const anew = await gateway.connect()
    const pids = [anew, gateway.client].map(async (client) => (await client.call('gateway.status', {})).pid)
    expect(await Promise.all(pids)).toEqual([gateway.pid, gateway.pid])
    anew.close()
    expect(await gateway.logs()).toContain('made anew')
    expect(await gateway.stop()).toEqual({ code: 0, signal: null })
    expect(existsSync(gateway.socket)).toBe(false)
  })

  it('can be anywhere that only the user may write to', async () => {
    const directory = join(home, 'run')
    await mkdir(directory, { mode: 0o700 })
    const gateway = await startGateway({ home, env: { TRASEAI_SOCKET: join(directory, 't.sock') } })
    const client = await connectGateway({ socketPath: join(directory, 't.sock'), platform: process.platform })
    expect((await client.call('gateway.status', {})).socket).toBe(join(directory, 't.sock'))
    client.close()
    await gateway.stop()

    await chmod(directory, 0o777)
    const refused = startGateway({ home, env: { TRASEAI_SOCKET: join(directory, 't.sock') } })
    await expect(refused).rejects.toThrow('status 77')
  })

  it('is not put in place of a file, and its path must fit', async () => {
    await writeFile(join(home, 'control.sock'), 'mine')
    await expect(startGateway({ home })).rejects.toThrow(/status 73[^]*a file, not a socket/)
    const long = join(home, 'x'.repeat(100))
    await expect(startGateway({ home, env: { TRASEAI_SOCKET: long } })).rejects.toThrow(/status 78[^]*TRASEAI_SOCKET/)
  })

  it('answers whoever asks it to stop, tells subscribers the end, and does not wait for the silent', async () => {
    const gateway = await startGateway({ home })
    const silent = await openRawSocket(gateway.socket)
    const follower = await gateway.connect()
    await follower.subscribe({}, () => {})
    expect(await gateway.client.call('gateway.stop', {})).toEqual({})
    expect(await gateway.client.ended).toMatchObject({ code: 'connection_lost' })
    expect(await follower.ended).toMatchObject({ code: 'connection_lost' })
    await silent.ended
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
  })
})
