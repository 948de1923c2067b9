// The doctor on what surrounds the home: configuration, socket, port, units, claude, clock, disk, Node; and on checks that fail.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LiveDeps } from '../../src/doctor/check.ts'
import { initialState } from '../../src/domain/state.ts'
import { variablesOfPlist } from '../../src/doctor/service-units.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { examinedHome, well } from './examined-home.ts'

const itOnLinux = skipUnless(process.platform === 'linux', 'Linux')

describe('traseai.json', () => {
  it('that is broken is an error with its line', async () => {
    const home = examinedHome()
    home.write('traseai.json', '{\n  "gateway": { "prot": 1 }\n}')
    expect(await home.ask('configuration')).toMatchObject([
      {
        severity: 'error',
        message: expect.stringMatching(/traseai\.json:2: .*prot/) as string,
        hint: expect.stringContaining('gateway.port') as string,
      },
    ])
  })

  it('that opens a door is a warning', async () => {
    const home = examinedHome()
    home.write('traseai.json', '{ "gateway": { "host": "0.0.0.0", "port": 0 } }')
    expect(await home.ask('configuration')).toMatchObject([{ severity: 'warning' }])
  })
})

describe('a file with certificate authorities', () => {
  it('that is not there, or holds none, is an error', async () => {
    const home = examinedHome()
    home.write('empty.pem', 'hello')
    home.write('traseai.json', '{ "gateway": { "upstream": { "caFiles": ["/no/such/ca.pem", "empty.pem"] } } }')
    expect(await home.ask('authorities')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('/no/such/ca.pem: there is no such file') as string },
      { severity: 'error', message: expect.stringContaining('/empty.pem: it holds no certificate') as string },
    ])
  })
})

describe('the control socket', () => {
  it('cannot have a path that is too long', async () => {
    const env = { TRASEAI_SOCKET: `/tmp/${'x'.repeat(120)}` }
    expect(await examinedHome().ask('socket_path', { env })).toMatchObject([
      { severity: 'error', hint: expect.stringContaining('TRASEAI_SOCKET') as string },
    ])
  })

  it('cannot lie where others may write, or where something else lies', async () => {
    const [home, elsewhere] = [examinedHome(), examinedHome()]
    chmodSync(elsewhere.home, 0o777)
    elsewhere.write('s', 'a file')
    const found = await home.ask('socket_path', { env: { TRASEAI_SOCKET: elsewhere.path('s') } })
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('others may write'),
      expect.stringContaining('is not a socket'),
    ])
  })
})

describe('the HTTP port', () => {
  async function taken(): Promise<number> {
    const server: Server = createServer()
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  itOnLinux('that is taken is an error with the name of who has it', async () => {
    const [home, port] = [examinedHome(), await taken()]
    home.write('traseai.json', JSON.stringify({ gateway: { port } }))
    expect(await home.ask('http_port')).toMatchObject([
      { severity: 'error', message: expect.stringContaining(`:${port}: it is taken, by `) as string },
    ])
    const [{ message, hint } = { message: '', hint: '' }] = await home.ask('http_port')
    expect(message).toContain(`(pid ${process.pid})`)
    expect(hint).toMatch(/traseai\.json, such as \{ "gateway": \{ "port": \d+ \} \}, or stop the other program$/)
    expect(hint).not.toContain(String(port))
  })

  itOnLinux("that this home's own gateway has is in order, though it answers nobody", async () => {
    const [home, port] = [examinedHome(), await taken()]
    home.write('traseai.json', JSON.stringify({ gateway: { port } }))
    home.write('gateway.lock', `${process.pid}\n`)
    expect(await home.ask('http_port')).toMatchObject([
      { severity: 'ok', message: `the gateway of this home (pid ${process.pid}) listens on 127.0.0.1:${port}` },
    ])
  })

  it('of an address that this machine has not got is an error', async () => {
    const home = examinedHome()
    home.write('traseai.json', '{ "gateway": { "host": "192.0.2.1", "port": 0 } }')
    expect(await home.ask('http_port')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('no such address') as string },
    ])
  })

  it('is not tried by a gateway, which listens there itself', async () => {
    const [home, port] = [examinedHome(), await taken()]
    home.write('traseai.json', JSON.stringify({ gateway: { port } }))
    expect(await home.ask('http_port', { runsIn: 'gateway' })).toEqual(well('http_port'))
  })
})

describe('a unit of a service manager', () => {
  itOnLinux('with a key in it is a warning that names the variable and not the key', async () => {
    const [home, user] = [examinedHome(), examinedHome()]
    const units = user.path('.config/systemd/user')
    mkdirSync(join(units, 'default.target.wants'), { recursive: true })
    mkdirSync(join(units, 'traseai.service.d'))
    writeFileSync(join(units, 'traseai.service'), '[Service]\nEnvironment=PATH=/bin "OPENAI_API_KEY=sk-unit-secret"\n')
    writeFileSync(join(units, 'traseai.service.d', 'key.conf'), '[Service]\nEnvironment=GROQ_API_KEY=gsk_secret\n')
    symlinkSync(join(units, 'traseai.service'), join(units, 'default.target.wants', 'traseai.service'))
    const found = await home.ask('service', { env: { HOME: user.home } })
    expect(
      found.map(({ severity, message }) => [severity, /OPENAI_API_KEY|GROQ_API_KEY|enabled/.exec(message)?.[0]]),
    ).toEqual([
      ['warning', 'OPENAI_API_KEY'],
      ['warning', 'GROQ_API_KEY'],
      ['ok', 'enabled'],
    ])
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  it('of launchd sets those of its dictionary', () => {
    const text =
      '<dict><key>Label</key><string>x</string><key>EnvironmentVariables</key>\n<dict><key>A</key><string>1</string></dict></dict>'
    expect(variablesOfPlist(text)).toEqual(['A'])
  })
})

describe('claude', () => {
  function claude(script: string): { PATH: string } {
    const bin = examinedHome()
    bin.write('claude', `#!/bin/sh\n${script}\n`)
    chmodSync(bin.path('claude'), 0o755)
    return { PATH: `${bin.home}:/usr/bin:/bin` }
  }

  it('is worth a word when it is missing', async () => {
    expect(await examinedHome().ask('claude')).toMatchObject([
      { severity: 'ok', message: expect.stringContaining('not installed') as string },
    ])
  })

  it('is named with its version, and gets no key', async () => {
    const env = { ...claude('echo "2.1.0 (Claude Code) $OPENAI_API_KEY"'), OPENAI_API_KEY: 'sk-leaked' }
    const [found] = await examinedHome().ask('claude', { env })
    expect(found?.message).toMatch(/claude, version 2\.1\.0 \(Claude Code\)$/)
  })

  it('that fails is a warning', async () => {
    expect(await examinedHome().ask('claude', { env: claude('exit 3') })).toMatchObject([{ severity: 'warning' }])
  })
})

describe('the machine', () => {
  it('whose clock is before the installation of the program is told', async () => {
    expect(await examinedHome().ask('clock', { host: { now: () => Date.parse('2001-01-01') } })).toMatchObject([
      { severity: 'error', message: expect.stringContaining('2001-01-01') as string },
    ])
  })

  it.each([
    ['18.0.0', 'error'],
    ['20.18.9', 'error'],
    ['20.19.0', 'ok'],
    ['26.1.0', 'ok'],
    ['27.0.0', 'warning'],
  ])('with Node %s is judged: %s', async (nodeVersion, severity) => {
    expect(await examinedHome().ask('node', { host: { nodeVersion } })).toMatchObject([{ severity }])
  })

  itOnSmallDisk('with a small disk is told', async () => {
    const home = examinedHome()
    mountSmallDisk(home.home, '50m')
    expect(await home.ask('disk')).toMatchObject([{ severity: 'warning' }])
    const full = examinedHome()
    mountSmallDisk(full.home, '3m')
    expect(await full.ask('disk')).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/has [23] MiB left/) as string },
    ])
  })
})

describe('a check', () => {
  it('that throws is a finding, and the others go on', async () => {
    const found = await examinedHome().examine({ packageRoot: '/nonexistent' })
    expect(found.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(
      expect.arrayContaining(['clock', 'node']),
    )
    expect(found.find(({ code }) => code === 'home')?.severity).toBe('ok')
  })

  it('that does not end is a finding after its time limit', async () => {
    const asked: number[] = []
    const soon = (delayMs: number, callback: () => void) => {
      asked.push(delayMs)
      const timer = setTimeout(callback, delayMs / 100)
      return { cancel: () => clearTimeout(timer) }
    }
    const [found] = await examinedHome().ask('clock_set_back', { host: { setTimer: soon }, live: hangingGateway })
    expect(found).toMatchObject({ severity: 'error', message: 'this check did not come to an end within 5 s' })
    expect(Math.max(...asked)).toBe(5_000)
  })
})

/** Its event log never answers. */
const hangingGateway: LiveDeps = {
  trouble: () => null,
  version: '0.0.0',
  startedAt: 0,
  http: () => null,
  listening: { host: '127.0.0.1', port: 0, isHanded: false },
  caller: null,
  report: () => {
    throw new Error('no report')
  },
  durable: () => ({ state: initialState, position: 1 }),
  log: { read: () => new Promise(() => {}) },
  vault: () => {
    throw new Error('no vault')
  },
  profilesProblems: () => [],
  failedChannels: () => [],
}
