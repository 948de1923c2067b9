// Who calls, as the kernel says it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPeerCheck } from '../../src/control/peer.ts'
import { skipUnless } from '../support/skip-unless.ts'

const peerOf = openPeerCheck(process.platform)
const itAsRoot = skipUnless(process.getuid?.() === 0, 'root')
const dialAndWait = `require('node:net').connect(process.argv[1]).on('close', () => {})`

let home: string
let path: string
let server: Server

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'traseai-test-'))
  path = join(home, 'control.sock')
  server = createServer().listen(path)
  await once(server, 'listening')
})

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(home, { recursive: true })
})

describe('the caller at the other end of a socket', () => {
  it('is known by uid, pid and executable', async () => {
    const child = spawn(process.execPath, ['-e', dialAndWait, path])
    const [socket] = (await once(server, 'connection')) as [Socket]
    expect(peerOf(socket)).toEqual({ uid: process.getuid?.(), pid: child.pid, program: basename(process.execPath) })
    socket.destroy()
    await once(child, 'exit')
  })

  it('is known from the calling side too', async () => {
    const socket = connect(path)
    await once(socket, 'connect')
    expect(peerOf(socket)).toMatchObject({ uid: process.getuid?.(), pid: process.pid })
    socket.destroy()
  })

  it('is unknown once the socket is closed', async () => {
    const socket = connect(path)
    await once(socket, 'connect')
    socket.destroy()
    await once(socket, 'close')
    expect(peerOf(socket)).toBeNull()
  })

  itAsRoot('of another user is known by that uid, whatever it says of itself', async () => {
    await chmod(home, 0o755)
    await chmod(path, 0o666)
    const child = spawn('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, '-e', dialAndWait, path])
    const [socket] = (await once(server, 'connection')) as [Socket]
    expect(peerOf(socket)).toMatchObject({ uid: 65534, pid: child.pid })
    socket.destroy()
    await once(child, 'exit')
  })
})
