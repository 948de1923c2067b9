// The doctor on the files of a home: whose they are, who may read them, and what was left behind.
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { otherUid } from '../support/other-user.ts'
import { asideProblem } from '../../src/sources/keep-aside.ts'
import { examinedHome, well } from './examined-home.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('a good home', () => {
  it('has nothing wrong', async () => {
    const home = examinedHome()
    home.write('.env', 'ANTHROPIC_API_KEY=sk-ant-test-0123456789abcdef0123\n')
    home.write('traseai.json', '{ "gateway": { "port": 0 } }')
    const found = await home.examine()
    expect(found.filter(({ severity }) => severity !== 'ok')).toEqual([])
    expect(found.length).toBeGreaterThan(25)
  })

  it('may not be there yet', async () => {
    const home = examinedHome()
    const found = await home.examine({ env: {}, host: { paths: nowhere(home.path('nowhere')) } })
    // The port of a home without settings may well be taken on this machine.
    expect(found.filter(({ severity, code }) => severity !== 'ok' && code !== 'http_port')).toEqual([])
  })

  it('has each check told once, those that need a gateway as not made', async () => {
    const found = await examinedHome().examine()
    const skipped = found.filter((each) => each.skipped)
    expect(skipped.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['gateway', 'credentials', 'history', 'vault']),
    )
    expect(skipped[0]?.message).toContain('this is a test')
    expect(new Set(found.map(({ code }) => code)).size).toBe(found.length)
  })
})

function nowhere(home: string) {
  const file = (name: string): string => `${home}/${name}`
  return {
    home,
    envFile: file('.env'),
    configuration: file('traseai.json'),
    database: file('traseai.db'),
    vaultKey: file('vault.key'),
    agents: file('agents'),
    socket: file('control.sock'),
    lock: file('gateway.lock'),
    logs: file('logs'),
    gatewayLog: file('logs/gateway.log'),
  }
}

describe('the home directory', () => {
  it.each([
    [0o755, 'read'],
    [0o770, 'written'],
  ])('of mode %o is an error, which --fix mends', async (mode, verb) => {
    const home = examinedHome()
    chmodSync(home.home, mode)
    expect(await home.ask('home')).toMatchObject([
      {
        severity: 'error',
        message: expect.stringContaining(`can be ${verb} by others`) as string,
        hint: 'traseai doctor --fix',
      },
    ])
    expect(await home.ask('home', { fix: true })).toMatchObject([
      { fixed: true, message: expect.stringContaining('0700 now') as string },
    ])
    expect(modeOf(home.home)).toBe(0o700)
    expect(await home.ask('home', { fix: true })).toEqual(well('home'))
  })

  it('of another user is an error, and nothing in it is mended', async () => {
    const home = examinedHome()
    home.write('.env', 'A=1\n', 0o644)
    const asOther = { fix: true, host: { uid: otherUid } }
    expect(await home.ask('home', asOther)).toMatchObject([
      { severity: 'error', message: expect.stringContaining(`runs as uid ${otherUid}`) as string },
    ])
    expect((await home.examine(asOther)).filter(({ fixed }) => fixed)).toEqual([])
    expect(modeOf(home.path('.env'))).toBe(0o644)
  })

  it("that is the user's own is never closed", async () => {
    const home = examinedHome()
    chmodSync(home.home, 0o755)
    expect(await home.ask('home', { fix: true, env: { HOME: home.home } })).toMatchObject([
      { severity: 'error', hint: expect.stringContaining('chmod') as string },
    ])
    expect(modeOf(home.home)).toBe(0o755)
  })
})

describe('a file that others can read', () => {
  it('is a warning, which --fix mends', async () => {
    const home = examinedHome()
    home.write('.env', 'A=1\n', 0o644)
    mkdirSync(home.path('logs'), { mode: 0o755 })
    home.write('logs/gateway.log', '', 0o640)
    expect((await home.ask('file_modes')).map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning'])
    const fixed = await home.ask('file_modes', { fix: true })
    expect(fixed.every((each) => each.fixed)).toBe(true)
    expect([modeOf(home.path('.env')), modeOf(home.path('logs')), modeOf(home.path('logs/gateway.log'))]).toEqual([
      0o600, 0o700, 0o600,
    ])
    expect(await home.ask('file_modes', { fix: true })).toEqual(well('file_modes'))
  })

  it('is an error when it opens the vault', async () => {
    const home = examinedHome()
    home.write('vault.key', 'x', 0o644)
    expect(await home.ask('file_modes')).toMatchObject([{ severity: 'error' }])
  })

  it('is left as it is when a link leads to it', async () => {
    const [home, elsewhere] = [examinedHome(), examinedHome()]
    elsewhere.write('dotenv', 'A=1\n', 0o644)
    symlinkSync(elsewhere.path('dotenv'), home.path('.env'))
    expect(await home.ask('file_modes', { fix: true })).toMatchObject([{ severity: 'warning' }])
    expect(modeOf(elsewhere.path('dotenv'))).toBe(0o644)
  })
})

describe('a temporary file', () => {
  const name = '..env.0123456789ab.tmp'
  const age = (path: string, seconds: number): void =>
    utimesSync(path, Date.now() / 1_000 - seconds, Date.now() / 1_000 - seconds)

  it('that is older than an hour was left behind, and --fix removes it', async () => {
    const home = examinedHome()
    home.write(name, 'x')
    age(home.path(name), 3_700)
    expect(await home.ask('leftovers')).toMatchObject([{ severity: 'warning', hint: 'traseai doctor --fix' }])
    expect(await home.ask('leftovers', { fix: true })).toMatchObject([{ fixed: true }])
    expect(existsSync(home.path(name))).toBe(false)
    expect(await home.ask('leftovers')).toEqual(well('leftovers'))
  })

  it('that is new may be in use, and one of another name is not ours', async () => {
    const home = examinedHome()
    home.write(name, 'x')
    home.write('notes.tmp', 'x')
    age(home.path('notes.tmp'), 3_700)
    expect(await home.ask('leftovers', { fix: true })).toEqual(well('leftovers'))
    expect(existsSync(home.path('notes.tmp'))).toBe(true)
  })
})

it('a broken file that was set aside is remembered', async () => {
  const home = examinedHome()
  mkdirSync(home.path('agents/main/agent'), { recursive: true, mode: 0o700 })
  const name = 'auth-profiles.json.broken-20260101-120000'
  home.write(`agents/main/agent/${name}`, '{')
  const path = home.path('agents/main/agent/auth-profiles.json')
  // In the words of `models status`.
  const { message, hint } = asideProblem(path, name, null)
  expect(message).toBe(`one that could not be used is kept as ${name}`)
  expect(await home.ask('set_aside')).toMatchObject([{ severity: 'warning', message: `${path}: ${message}`, hint }])
})
