// Where a control socket may be opened: stale ones are taken over, live ones and other files are not.
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPeerCheck } from '../../src/control/peer.ts'
import { checkDirectory, checkNobodyServes } from '../../src/control/socket-path.ts'
import { type Host, realHost } from '../../src/host.ts'
import { leaveStaleSocket } from '../support/stale-socket.ts'

const peerOf = openPeerCheck(process.platform)

let home: string
let path: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'traseai-test-'))
  path = join(home, 'control.sock')
})

afterEach(() => rm(home, { recursive: true }))

describe('the place of the control socket', () => {
  it('is free when nothing is there', async () => {
    await expect(checkNobodyServes(path, peerOf)).resolves.toBeUndefined()
  })

  it('is free when a socket was left by a killed gateway', async () => {
    await leaveStaleSocket(path)
    expect((await stat(path)).isSocket()).toBe(true)
    await expect(checkNobodyServes(path, peerOf)).resolves.toBeUndefined()
  })

  it('is refused, and the program is named, when somebody serves there', async () => {
    const server = await listen(path)
    await expect(checkNobodyServes(path, peerOf)).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringContaining(`(pid ${process.pid})`) as unknown,
    })
    await close(server)
  })

  it('is refused when a file of another kind is there, and that file stays', async () => {
    await writeFile(path, 'mine')
    await expect(checkNobodyServes(path, peerOf)).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringContaining('a file, not a socket') as unknown,
    })
    await rm(path)
    await mkdir(path)
    await expect(checkNobodyServes(path, peerOf)).rejects.toThrow('a directory, not a socket')
    await rm(path, { recursive: true })
    await symlink('/dev/null', path)
    await expect(checkNobodyServes(path, peerOf)).rejects.toThrow('a file, not a socket')
  })

  it('must be in a directory that nobody else may write to', async () => {
    await chmod(home, 0o700)
    await expect(checkDirectory(realHost(), path)).resolves.toBeUndefined()
    await chmod(home, 0o770)
    await expect(checkDirectory(realHost(), path)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(checkDirectory(realHost(), join(home, 'missing', 'control.sock'))).rejects.toMatchObject({
      code: 'cannot_create',
    })
  })

  it('may be in a directory that others can look into, which is told to the log', async () => {
    const warnings: string[] = []
    const host: Host = { ...realHost(), log: { ...realHost().log, warn: (_fields, message) => warnings.push(message) } }
    await chmod(home, 0o755)
    await expect(checkDirectory(host, path)).resolves.toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('others may look into')])
  })
})

function listen(at: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(at, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
