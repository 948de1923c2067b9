// `doctor` as a user types it: beside a gateway, without one, and where none can be.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checks } from '../../src/doctor/checks.ts'
import { renderDiagnoses } from '../../src/cli/render/diagnoses.ts'
import { openPaint } from '../../src/cli/render/paint.ts'
import type { Result } from '../../src/protocol/contract.ts'
import { cleanEnvironment, freshHome, programPath, startGateway } from '../support/gateway-process.ts'
import { asOtherUser, itWithProgramOfOtherUser } from '../support/other-user.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { runCli, type Outcome } from './run-cli.ts'
import { startWithCli } from './with-gateway.ts'

type Diagnoses = Result<'doctor.run'>

const key = 'sk-ant-test-0123456789abcdef0123'

async function homeOf(configuration: object = {}): Promise<string> {
  const home = await freshHome({ ...configuration })
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

const wrong = (diagnoses: Diagnoses): string[] =>
  diagnoses.filter(({ severity, fixed }) => severity === 'error' && !fixed).map(({ code }) => code)

const read = ({ stdout }: Outcome): Diagnoses => JSON.parse(stdout) as Diagnoses // the contract says what it prints

describe('doctor beside a gateway', () => {
  it('says that all is well, and lists what it looked at with --verbose', async () => {
    const cli = await startWithCli({ env: { ANTHROPIC_API_KEY: key } })
    onTestFinished(async () => void (await cli.gateway.stop()))
    const { status, stdout, stderr } = await cli.runWith({ env: { ANTHROPIC_API_KEY: key } }, 'doctor')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^all is well; \d+ checks found nothing wrong \(--verbose lists them\)\n$/)
    const verbose = await cli.run('doctor', '--verbose')
    for (const [code, { title }] of Object.entries(checks)) {
      if (code !== 'gateway') expect(verbose.stdout).toContain(`ok ${code}: `)
      expect(title).not.toMatch(/[.!]$/)
    }
    expect(await cli.json<Diagnoses>('doctor')).toHaveLength(Object.keys(checks).length)
  })

  it('exits 1 for an error, 0 for a warning alone, and --fix mends once', async () => {
    const env = { HOME: '/nonexistent', ANTHROPIC_API_KEY: key } // the home of a user is never closed
    const cli = await startWithCli({ env })
    onTestFinished(async () => void (await cli.gateway.stop()))
    const doctor = (...args: string[]): Promise<Outcome> => cli.runWith({ env }, 'doctor', ...args)
    chmodSync(join(cli.gateway.home, 'traseai.json'), 0o644)
    const warned = await doctor()
    expect(warned.status).toBe(0)
    expect(warned.stdout).toMatch(/^warning file_modes: .*\n {2}hint: traseai doctor --fix\n/)
    chmodSync(cli.gateway.home, 0o755)
    expect((await doctor()).status).toBe(1)
    const fixed = await doctor('--fix')
    expect(fixed).toMatchObject({ status: 0, stdout: expect.stringContaining('fixed home: ') as string })
    expect(fixed.stdout).toContain('2 fixed')
    expect((await doctor('--fix')).stdout).toContain('all is well')
    expect(statSync(cli.gateway.home).mode & 0o777).toBe(0o700)
  })

  it('names keys that only this shell has', async () => {
    const cli = await startWithCli({ env: { ANTHROPIC_API_KEY: key } })
    onTestFinished(async () => void (await cli.gateway.stop()))
    const { stdout } = await cli.runWith({ env: { GROQ_API_KEY: key } }, 'doctor')
    expect(stdout).toContain('warning caller_keys: GROQ_API_KEY is set in your shell')
    expect(stdout).not.toContain(key.slice(8, 20))
  })
})

describe('doctor without a gateway', () => {
  it('starts one, as other commands do', async () => {
    const home = await homeOf()
    const { stdout, stderr } = await runCli(home, ['--json', 'doctor'])
    onTestFinished(async () => void (await runCli(home, ['gateway', 'stop'])))
    expect(stderr).toContain('starting the gateway in the background')
    expect(wrong(JSON.parse(stdout) as Diagnoses)).toEqual(['credentials'])
  })

  it('that may not be started goes on without, and says what it could not look at', async () => {
    const found = read(await runCli(await homeOf(), ['--no-start', '--json', 'doctor']))
    expect(found[0]).toMatchObject({
      code: 'gateway',
      severity: 'warning',
      hint: expect.stringContaining('gateway start') as string,
    })
    expect(found.filter(({ skipped }) => skipped).map(({ code }) => code)).toContain('history')
    expect(wrong(found)).toEqual([])
  })

  it('names the line of a broken traseai.json', async () => {
    const home = await homeOf()
    writeFileSync(join(home, 'traseai.json'), '{ "gateway": { "prot": 0 } }')
    const outcome = await runCli(home, ['--json', 'doctor'])
    expect(outcome.status).toBe(1)
    expect(wrong(read(outcome))).toEqual(['gateway', 'configuration'])
  })

  it('says that a database is cut short, and leaves it alone', async () => {
    const home = await homeOf()
    await (await startGateway({ home })).stop()
    truncateSync(join(home, 'traseai.db'), 9_000)
    const outcome = await runCli(home, ['--json', 'doctor', '--fix'])
    expect(outcome.status).toBe(1)
    expect(wrong(read(outcome))).toEqual(['gateway', 'database'])
    expect(statSync(join(home, 'traseai.db')).size).toBe(9_000)
  })

  it('says who has the port', async () => {
    const gateway = await startGateway()
    onTestFinished(async () => void (await gateway.stop()))
    const home = await homeOf({ gateway: { port: Number(new URL(gateway.httpUrl).port) } })
    expect(wrong(read(await runCli(home, ['--json', 'doctor'])))).toEqual(['gateway', 'http_port'])
  })

  itWithProgramOfOtherUser('works on the home of another user, and changes nothing in it', async () => {
    const home = await homeOf()
    chmodSync(home, 0o755)
    chmodSync(join(home, 'traseai.json'), 0o644)
    const [program, ...args] = asOtherUser([process.execPath, programPath, '--json', 'doctor', '--fix'])
    const { stdout, status } = spawnSync(program, args, { env: cleanEnvironment(home), encoding: 'utf8' })
    expect(status).toBe(1)
    const found = JSON.parse(stdout) as Diagnoses
    expect(wrong(found)).toEqual(expect.arrayContaining(['gateway', 'home']))
    expect(found.filter(({ fixed }) => fixed)).toEqual([])
    expect(statSync(home).mode & 0o777).toBe(0o755)
  })

  itOnSmallDisk('says that the disk is full', async () => {
    const home = mkdtempSync(join(tmpdir(), 'traseai-full-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    mountSmallDisk(home, '1m')
    writeFileSync(join(home, 'traseai.json'), '{ "gateway": { "port": 0 } }', { mode: 0o600 })
    expect(() => {
      for (;;) writeFileSync(join(home, 'ballast'), Buffer.alloc(4_096), { flag: 'a', mode: 0o600 })
    }).toThrow('ENOSPC')
    expect(wrong(read(await runCli(home, ['--json', 'doctor'])))).toEqual(['gateway', 'disk'])
  })

  it('works on a home that is no directory', async () => {
    const home = await homeOf()
    mkdirSync(join(home, 'sub'))
    writeFileSync(join(home, 'sub', 'file'), '')
    const outcome = await runCli(join(home, 'sub', 'file'), ['--json', 'doctor'])
    expect(wrong(read(outcome))).toEqual(expect.arrayContaining(['gateway', 'home']))
  })
})

describe('what the doctor prints', () => {
  const diagnoses: Diagnoses = [
    {
      code: 'home',
      severity: 'error',
      message: 'the home /home/somebody/.traseai can be read by others (mode 0755)',
      hint: 'traseai doctor --fix',
    },
    { code: 'leftovers', severity: 'warning', message: 'was left; it is removed', fixed: true },
    { code: 'disk', severity: 'ok', message: 'the disk has room' },
    { code: 'history', severity: 'ok', message: 'not checked whether it is whole', skipped: true },
  ]

  it.each([80, 40, 20])('fits %i columns, says each kind by a word, and what is wrong first', (width) => {
    const page = renderDiagnoses(diagnoses, { width, paint: openPaint(false), verbose: true })
    const lines = page.split('\n')
    for (const line of lines.filter((each) => each.trim().includes(' ') && !each.includes('traseai')))
      expect(line.length).toBeLessThanOrEqual(width)
    expect(lines[0]).toMatch(/^error home:/)
    expect(page.replace(/\s+/g, ' ')).toContain('1 error, 1 fixed; 1 check found nothing, 1 could not be made')
    for (const word of ['fixed leftovers:', 'ok disk:', 'skipped history:'])
      expect(page.replace(/\s+/g, ' ')).toContain(word)
  })
})
