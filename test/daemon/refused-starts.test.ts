// Starts that must not succeed: each says what is wrong, where, and what to do, with its exit status, and harms nothing.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment, freshHome, programPath, startGateway } from '../support/gateway-process.ts'
import { asOtherUser, itWithProgramOfOtherUser, otherUid } from '../support/other-user.ts'
import { skipUnless } from '../support/skip-unless.ts'

const itAsRoot = skipUnless(process.getuid?.() === 0, 'root')

let folder: string
let home: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-start-'))
  home = await freshHome()
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(home, { recursive: true, force: true })
})

interface Refusal {
  readonly status: number | null
  readonly stderr: string
}

/** A start that is expected to fail at once; one that does not is ended by the time limit and has no status. */
function start(in_: string, env: Readonly<Record<string, string>> = {}, command: readonly string[] = []): Refusal {
  const [program, ...args] = [...command, process.execPath, programPath, 'gateway', 'run']
  const { status, stderr } = spawnSync(program, args, {
    env: cleanEnvironment(in_, env),
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stderr }
}

function fakeDatabase(bytes: string | Buffer): string {
  const path = join(home, 'traseai.db')
  writeFileSync(path, bytes, { mode: 0o600 })
  return path
}

describe('a second gateway on the same home', () => {
  it("exits at once and names the first one's pid, and the first one goes on", async () => {
    const first = await startGateway()
    const { status, stderr } = start(first.home)
    expect(status).toBe(75)
    expect(stderr).toContain(`pid ${first.pid}`)
    expect(stderr).toContain('traseai gateway stop')
    await expect(first.client.call('gateway.status', {})).resolves.toMatchObject({ pid: first.pid })
    await first.stop()
  })

  it('may start as soon as the first one was killed', async () => {
    const first = await startGateway({ home })
    await first.kill9()
    const second = await startGateway({ home })
    expect(second.pid).not.toBe(first.pid)
    await second.stop()
  })
})

describe('a home that cannot be used', () => {
  it('is refused when it is a file', () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'mine')
    const { status, stderr } = start(path)
    expect(status).toBe(73)
    expect(stderr).toContain(path)
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  it('is refused when it lies below a file', () => {
    writeFileSync(join(folder, 'file'), '')
    const { status, stderr } = start(join(folder, 'file', 'home'))
    expect(status).toBe(73)
    expect(stderr).toContain('TRASEAI_HOME')
  })

  itWithProgramOfOtherUser('is refused when this user may not write there', () => {
    chmodSync(folder, 0o755)
    const { status, stderr } = start(join(folder, 'home'), { HOME: folder }, asOtherUser([]))
    expect(status).toBe(73)
    expect(stderr).toContain(join(folder, 'home'))
    expect(existsSync(join(folder, 'home'))).toBe(false)
  })

  itAsRoot('is refused when it belongs to someone else', () => {
    chownSync(home, otherUid, otherUid)
    const { status, stderr } = start(home)
    expect(status).toBe(77)
    expect(stderr).toContain(`uid ${otherUid}`)
    expect(existsSync(join(home, 'traseai.db'))).toBe(false)
  })

  it('is refused when others read it and it holds what is not ours, and stays as it was', () => {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    const { status, stderr } = start(folder)
    expect(status).toBe(73)
    expect(stderr).toContain(`${folder}/.traseai`)
    expect(statSync(folder).mode & 0o777).toBe(0o755)
  })

  skipUnless(process.platform === 'linux', 'Linux')('is refused where no directory can be made', () => {
    const { status, stderr } = start('/proc/traseai/home')
    expect(status).toBe(73)
    expect(stderr).toContain('TRASEAI_HOME')
  })

  it("is refused when it is the user's own home directory, which stays as it was", () => {
    chmodSync(home, 0o755)
    const { status, stderr } = start(home, { HOME: home })
    expect(status).toBe(73)
    expect(stderr).toContain(`${home}/.traseai`)
  })

  it('is refused when its lock cannot be a file', () => {
    chmodSync(home, 0o700)
    mkdirSync(join(home, 'gateway.lock'))
    const { status, stderr } = start(home)
    expect(status).toBe(73)
    expect(stderr).toContain(join(home, 'gateway.lock'))
  })

  itAsRoot('is refused when the disk is full to the last byte', () => {
    const mounted = join(folder, 'tiny')
    mkdirSync(mounted)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', mounted]).status).toBe(0)
    try {
      expect(() => writeFileSync(join(mounted, 'ballast'), Buffer.alloc(128 * 1024))).toThrow('ENOSPC')
      const { status, stderr } = start(mounted)
      expect(status).toBe(73)
      expect(stderr).toMatch(/no space left/)
      expect(stderr).toContain('free some space')
    } finally {
      spawnSync('umount', [mounted])
    }
  })

  itAsRoot('is refused when the disk is full, and taken as soon as there is space', () => {
    const mounted = join(folder, 'small')
    mkdirSync(mounted)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', mounted]).status).toBe(0)
    try {
      writeFileSync(join(mounted, 'traseai.json'), '{"gateway":{"port":0}}')
      writeFileSync(join(mounted, 'ballast'), Buffer.alloc(240 * 1024))
      const { status, stderr } = start(mounted)
      expect(status).toBe(73)
      expect(stderr).toMatch(/full|space/)
      expect(readFileSync(join(mounted, 'traseai.json'), 'utf8')).toBe('{"gateway":{"port":0}}')
    } finally {
      spawnSync('umount', [mounted])
    }
  })
})

describe('an address that is in use', () => {
  let server: Server

  afterEach(() => server.close())

  it('is refused when it is the port, naming it and the setting', async () => {
    server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    writeFileSync(join(home, 'traseai.json'), JSON.stringify({ gateway: { port } }))
    const { status, stderr } = start(home)
    expect(status).toBe(73)
    expect(stderr).toContain(`set gateway.port in ${join(home, 'traseai.json')}, such as { "gateway": { "port": `)
    // Once on the terminal; the log has it, too.
    expect(stderr.split(`127.0.0.1:${port} is in use`)).toHaveLength(2)
    expect(stderr).not.toContain('could not go on')
    expect(readFileSync(join(home, 'logs', 'gateway.log'), 'utf8')).toContain(`127.0.0.1:${port} is in use`)
  })

  it('is refused when it is the socket of another program, which goes on', async () => {
    server = createServer((socket) => socket.end()).listen(join(home, 'control.sock'))
    await new Promise((resolve) => server.once('listening', resolve))
    const { status, stderr } = start(home)
    expect(status).toBe(73)
    expect(stderr).toContain('control.sock')
    expect(existsSync(join(home, 'control.sock'))).toBe(true)
  })

  it('is refused when its path is too long for a Unix socket, with the variable that helps', () => {
    server = createServer()
    const long = join(home, 'x'.repeat(120))
    const { status, stderr } = start(home, { TRASEAI_SOCKET: long })
    expect(status).toBe(78)
    expect(stderr).toContain('TRASEAI_SOCKET')
  })
})

describe('a database that cannot be used', () => {
  it('is refused when it is no database, and its bytes stay', () => {
    const path = fakeDatabase('this is a diary, not a database\n'.repeat(200))
    const { status, stderr } = start(home)
    expect(status).toBe(78)
    expect(stderr).toContain(path)
    expect(readFileSync(path, 'utf8')).toBe('this is a diary, not a database\n'.repeat(200))
  })

  it('is refused when it was cut short, and its bytes stay', async () => {
    const gateway = await startGateway({ home, env: { OPENAI_API_KEY: 'sk-test-0000000000000000000001' } })
    await gateway.stop()
    const path = join(home, 'traseai.db')
    const whole = readFileSync(path)
    const cut = whole.subarray(0, Math.floor(whole.length / 2))
    writeFileSync(path, cut)
    const { status, stderr } = start(home)
    expect(status).toBe(78)
    expect(stderr).toContain(path)
    expect(readFileSync(path).equals(cut)).toBe(true)
  })
})

describe('a configuration that is broken at the start', () => {
  it.each([
    ['an unknown key', '{\n  "gateway": { "prot": 1 }\n}', ['traseai.json:2', 'prot', 'port']],
    ['a wrong type', '{\n\n  "gateway": { "port": "http" }\n}', ['traseai.json:3', 'port']],
    ['broken syntax', '{\n  "gateway": {\n', ['traseai.json:']],
  ])('is refused for %s, naming file, line and key', (_, text, words) => {
    writeFileSync(join(home, 'traseai.json'), text)
    const { status, stderr } = start(home)
    expect(status).toBe(78)
    for (const word of words) expect(stderr).toContain(word)
    expect(readFileSync(join(home, 'traseai.json'), 'utf8')).toBe(text)
  })
})
