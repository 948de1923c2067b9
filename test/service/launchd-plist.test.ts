// What launchd is told: templates and filled plists, each key held against what is documented.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parse } from 'plist'
import { describe, expect, it } from 'vitest'
import type { ServicePlan } from '../../src/service/init-system.ts'
import { plistText } from '../../src/service/launchd/plist-text.ts'
import { gatewayLabel, installedJob, monitorLabel } from '../../src/service/launchd/place.ts'
import { projectRoot } from '../support/gateway-process.ts'
import { faultsOf } from './launchd-keys.ts'

const labels = [gatewayLabel, monitorLabel] as const
const templatePath = (label: string): string => join(projectRoot, 'launchd', `${label}.plist`)

const plan: ServicePlan = {
  scope: 'user',
  node: '/opt/node/bin/node',
  program: '/opt/traseai/bin/traseai.js',
  home: '/Users/ada/.traseai',
  socket: '/Users/ada/.traseai/control.sock',
  http: '127.0.0.1:7717',
  runAs: null,
  monitor: true,
}

const filled = async (label: string, change: Partial<ServicePlan> = {}, isBackground = false): Promise<object> =>
  parse(await plistText(templatePath(label), { ...plan, ...change }, isBackground)) as object // a job is a dictionary

describe.each(labels)('the plist of %s', (label) => {
  it('is one before it is filled in, with documented keys alone', () => {
    const job = parse(readFileSync(templatePath(label), 'utf8'))
    expect(faultsOf(job)).toEqual([])
    expect(job).toMatchObject({ Label: label })
  })

  it.each([
    ['for a user', {}, false],
    ['for a user who is not at the screen', {}, true],
    ['for the machine', { scope: 'system', runAs: '_traseai' }, false],
    ['with a socket elsewhere', { socket: '/tmp/t.sock' }, false],
  ] as const)(
    'has documented keys alone when it is filled in %s, and nothing left to fill in',
    async (_, change, is) => {
      const job = await filled(label, change, is)
      expect(faultsOf(job)).toEqual([])
      expect(JSON.stringify(job)).not.toContain('{{')
    },
  )

  it('hands over where home and socket are, and nothing else of anybody’s environment', async () => {
    expect(await filled(label)).toMatchObject({ EnvironmentVariables: { TRASEAI_HOME: plan.home } })
    expect(await filled(label, { socket: '/tmp/t.sock' })).toMatchObject({
      EnvironmentVariables: { TRASEAI_HOME: plan.home, TRASEAI_SOCKET: '/tmp/t.sock' },
    })
    expect(Object.keys((await filled(label)) as Record<string, unknown>)).not.toContain('UserName')
  })

  it('makes files for its user alone, and no core that could hold a key', async () => {
    expect(await filled(label)).toMatchObject({
      Umask: 0o077,
      HardResourceLimits: { Core: 0 },
      SoftResourceLimits: { Core: 0 },
    })
  })

  it('keeps no folder busy, and says what it says before its log is open in the home', async () => {
    expect(await filled(label)).toMatchObject({
      WorkingDirectory: '/',
      StandardErrorPath: expect.stringMatching(/^\/Users\/ada\/\.traseai\/logs\/[a-z-]+\.stderr\.log$/) as string,
    })
  })

  it('belongs to the session at the screen unless it was installed without one', async () => {
    expect(await filled(label)).not.toHaveProperty('LimitLoadToSessionType')
    expect(await filled(label, {}, true)).toMatchObject({ LimitLoadToSessionType: 'Background' })
  })

  it('runs as the user of a service of the machine', async () => {
    expect(await filled(label, { scope: 'system', runAs: '_traseai' })).toMatchObject({ UserName: '_traseai' })
  })
})

describe('the gateway’s job', () => {
  it('runs the gateway, again after a crash and not after a stop, and not more often than every 10 s', async () => {
    expect(await filled(gatewayLabel)).toMatchObject({
      ProgramArguments: [plan.node, plan.program, 'gateway', 'run', '--background'],
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 10,
      ProcessType: 'Interactive',
    })
  })

  it('is given longer to end than requests under way are', async () => {
    expect(await filled(gatewayLabel)).toMatchObject({ ExitTimeOut: 45 })
    expect(await filled(gatewayLabel, { drainMs: 600_000 })).toMatchObject({ ExitTimeOut: 615 })
  })

  it('may have many files open, but sets no limit of the whole machine', async () => {
    expect(await filled(gatewayLabel)).toHaveProperty('HardResourceLimits.NumberOfFiles', 65_536)
    const daemon = await filled(gatewayLabel, { scope: 'system', runAs: '_traseai' })
    expect(daemon).not.toHaveProperty('HardResourceLimits.NumberOfFiles')
  })
})

it('the check of the credentials runs every half hour, and not while the gateway is just starting', async () => {
  expect(await filled(monitorLabel)).toMatchObject({
    ProgramArguments: [plan.node, plan.program, '--no-start', 'models', 'status', '--check', '--notify'],
    RunAtLoad: false,
    StartCalendarInterval: [{ Minute: 0 }, { Minute: 30 }],
    ProcessType: 'Background',
  })
})

describe('any path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plist-'))
  const path = fc
    .string({ unit: 'binary' })
    .filter((text) => !/\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/u.test(text))
    .map((text) => `/a/${text}`)

  it('comes out of a plist as it went in, also for whoever asks which home is served', async () => {
    await fc.assert(
      fc.asyncProperty(path, path, path, async (node, home, socket) => {
        const text = await plistText(templatePath(gatewayLabel), { ...plan, node, home, socket }, false)
        expect(parse(text)).toMatchObject({
          ProgramArguments: [node, plan.program, 'gateway', 'run', '--background'],
          EnvironmentVariables: { TRASEAI_HOME: home, TRASEAI_SOCKET: socket },
        })
        writeFileSync(join(folder, `${gatewayLabel}.plist`), text)
        expect(await installedJob({ env: {} }, folder)).toMatchObject({ home, socket, isOurs: true, exitSeconds: 45 })
      }),
    )
  })

  it('with a control character is refused in words', async () => {
    await expect(plistText(templatePath(gatewayLabel), { ...plan, home: '/a\nb' }, false)).rejects.toMatchObject({
      code: 'usage',
      message: 'a plist cannot hold "/a\\nb"',
    })
  })
})

describe('a plist that somebody wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plist-'))
  const write = (body: string): void =>
    writeFileSync(join(folder, `${gatewayLabel}.plist`), `<plist version="1.0"><dict>${body}</dict></plist>`)

  it('serves the usual home when it names none', async () => {
    write('<key>Label</key><string>ai.traseai.gateway</string>')
    expect(await installedJob({ env: { HOME: '/Users/ada' } }, folder)).toMatchObject({
      home: '/Users/ada/.traseai',
      socket: '/Users/ada/.traseai/control.sock',
      exitSeconds: 20,
      isOurs: false,
    })
  })

  it('is read with the entities that people write', async () => {
    write('<key>TRASEAI_HOME</key>\n\t<string>/a &amp; b&#39;s &#x2F; c</string>')
    expect(await installedJob({ env: {} }, folder)).toMatchObject({ home: "/a & b's / c" })
  })
})

it('a key that launchd does not know is found, and a value of another type', () => {
  const job = {
    Label: 'a',
    ProgramArguments: ['/a'],
    RunAtLoad: 'yes',
    KeepAlive: { SuccesfulExit: false },
    Umask: 1.5,
  }
  expect(faultsOf(job)).toEqual([
    'RunAtLoad is no boolean',
    'KeepAlive is no boolean',
    'KeepAlive.SuccesfulExit is not documented',
    'Umask is no integer',
    'Umask is no string',
  ])
  expect(faultsOf({})).toEqual(['no Label', 'no program'])
})
