// The units as they are installed: systemd takes every line, and what each sandbox leaves open is told in docs/sandbox.md with its reason.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Scope } from '../../src/service/init-system.ts'
import { unitFiles } from '../../src/service/systemd/fill-units.ts'
import { programPath, projectRoot } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'

const version = Number(
  /^systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0,
)
const itWithAnalyze = skipUnless(version >= 252, 'systemd-analyze of systemd 252 or later')
/** What the page says of weights is what this one says. */
const itWithDocumentedVersion = skipUnless(version === 252, 'systemd-analyze of systemd 252')

const page = readFileSync(join(projectRoot, 'docs/sandbox.md'), 'utf8')

interface Assessment {
  /** As in `RestrictAddressFamilies=~AF_UNIX`. */
  readonly name: string
  readonly set: boolean | null
  readonly exposure: string | null
}

/** A folder with the units of one scope. */
async function installed(scope: Scope, runAs: string | null = null): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'units-'))
  const home = scope === 'system' ? '/var/lib/traseai' : '/home/somebody/.traseai'
  const plan = { scope, node: process.execPath, program: programPath, home, socket: join(home, 'control.sock'), runAs }
  const units = await unitFiles(projectRoot, { ...plan, http: '127.0.0.1:7717', monitor: true })
  for (const { name, text } of units) writeFileSync(join(folder, name), text)
  return folder
}

function analyze(args: readonly string[]): {
  readonly status: number | null
  readonly output: string
  readonly stdout: string
} {
  const runtime = mkdtempSync(join(tmpdir(), 'run-'))
  mkdirSync(join(runtime, 'systemd'))
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, SYSTEMD_PAGER: '' }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { env, encoding: 'utf8' })
  return { status, stdout, output: stdout + stderr }
}

function assess(unit: string): readonly Assessment[] {
  const { stdout } = analyze(['security', '--offline=true', '--json=short', unit])
  return JSON.parse(stdout) as readonly Assessment[] // as systemd-analyze(1) says
}

function scoreOf(unit: string): number {
  const { stdout } = analyze(['security', '--offline=true', '--no-pager', unit])
  return Number(/Overall exposure level for \S+: (\S+)/.exec(stdout)?.[1])
}

/** A row of the page's tables: its cells. */
function rowOf(directive: string): readonly string[] | undefined {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  return rows
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .find(([, first]) => first?.replaceAll('\\', '').includes(directive))
}

describe('the units', () => {
  itWithAnalyze('are taken by systemd without a word', async () => {
    for (const [scope, flag] of [
      ['user', '--user'],
      ['system', '--system'],
    ] as const) {
      const folder = await installed(scope)
      const units = ['service', 'socket'].map((kind) => join(folder, `traseai.${kind}`))
      const monitor = ['service', 'timer'].map((kind) => join(folder, `traseai-auth-monitor.${kind}`))
      expect(analyze(['verify', flag, ...units, ...monitor])).toMatchObject({ status: 0, output: '' })
    }
  })
})

describe.each(['traseai.service', 'traseai-auth-monitor.service'])('the sandbox of %s', (unit) => {
  itWithAnalyze('scores at most 1.5, with a dynamic user and with a static one', async () => {
    for (const runAs of [null, 'keeper'])
      expect(scoreOf(join(await installed('system', runAs), unit))).toBeLessThanOrEqual(1.5)
  })

  itWithAnalyze('has a reason for everything that it leaves open', async () => {
    const open = assess(join(await installed('system'), unit)).filter(({ set }) => set === false)
    const unexplained = open.filter(({ name }) => (rowOf(name)?.[3] ?? '') === '')
    expect(unexplained.map(({ name }) => name)).toEqual([])
  })
})

describe('the page about the sandbox', () => {
  itWithDocumentedVersion('says the score of the unit, and of a program without one', async () => {
    const folder = await installed('system')
    const bare = join(folder, 'bare.service')
    writeFileSync(bare, `[Service]\nExecStart=${process.execPath}\n`)
    expect(page).toContain(`**${scoreOf(join(folder, 'traseai.service'))}**, and ${scoreOf(bare)} to`)
  })

  itWithDocumentedVersion('says what each open directive weighs', async () => {
    const open = assess(join(await installed('system'), 'traseai.service')).filter(({ set }) => set === false)
    expect(open.map(({ name }) => rowOf(name)?.[2])).toEqual(open.map(({ exposure }) => exposure))
  })

  itWithAnalyze('has a row for every line of the sandbox', async () => {
    const unit = readFileSync(join(await installed('system'), 'traseai.service'), 'utf8')
    const confining =
      /^(?:Private|Protect|Restrict|SystemCall(?!Error)|Capability|Ambient|NoNew|Lock|Keyring|RemoveIPC|UMask|StateDirectory(?!Mode)|LoadCred)\w*/gm
    const directives = [...unit.matchAll(confining)].map(([name]) => name)
    expect(directives.length).toBeGreaterThan(20)
    expect(directives.filter((name) => rowOf(`${name}=`) === undefined)).toEqual([])
  })
})
