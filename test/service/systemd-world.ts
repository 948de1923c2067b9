// A machine with a stand-in systemctl: its folders, the manager that works on them, and the program as its user sees it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { realHost } from '../../src/host.ts'
import type { ServiceManager, ServicePlan } from '../../src/service/init-system.ts'
import { systemdManager } from '../../src/service/systemd/systemd.ts'
import { runCli, type Outcome } from '../cli/run-cli.ts'
import { freshHome, programPath, projectRoot } from '../support/gateway-process.ts'

const standIn = join(projectRoot, 'test/service/programs/systemctl-stand-in.mjs')

export interface SystemdWorld {
  readonly home: string
  /** Where the units of this user lie. */
  readonly units: string
  readonly manager: ServiceManager
  readonly plan: ServicePlan
  readonly env: Readonly<Record<string, string>>
  /** What systemctl was asked since the last time, without the questions that change nothing. */
  changes(): readonly string[]
  unitNames(): readonly string[]
  unit(name: string): string
  /** How systemd is from now on. */
  becomes(behaviour: 'fails' | 'refuses'): void
  run(...args: readonly string[]): Promise<Outcome>
}

/** @param behaviour `idle`: what is started does nothing, and that at once */
export async function openSystemdWorld(behaviour: 'runs' | 'idle' = 'idle'): Promise<SystemdWorld> {
  const home = await freshHome()
  const folder = mkdtempSync(join(tmpdir(), 'traseai-systemd-'))
  const [bin, user] = [join(folder, 'bin'), join(folder, 'user')]
  const units = join(user, '.config/systemd/user')
  mkdirSync(bin)
  mkdirSync(user)
  const program = join(bin, 'systemctl')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${folder}' '${units}' "$@"\n`)
  chmodSync(program, 0o755)
  const statePath = join(folder, 'state.json')
  const state = { behaviour, active: [] as string[], pid: 0 }
  writeFileSync(statePath, JSON.stringify(state))
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: user, TRASEAI_HOME: home }
  const host = realHost({ env })
  const log = join(folder, 'calls.log')
  let seen = 0
  const run: SystemdWorld['run'] = (...args) => runCli(home, args, { env })
  onTestFinished(async () => {
    if (behaviour === 'runs') await run('gateway', 'stop')
    for (const path of [folder, home]) rmSync(path, { recursive: true, force: true })
  })
  return {
    home,
    units,
    env,
    manager: systemdManager(host, { scope: 'user', packageRoot: projectRoot }),
    plan: {
      scope: 'user',
      node: process.execPath,
      program: programPath,
      home,
      socket: join(home, 'control.sock'),
      http: null,
      runAs: null,
      monitor: true,
    },
    changes() {
      const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
      const fresh = calls.slice(seen)
      seen = calls.length
      return fresh.filter((call) => !/^--user (show|reset-failed) /.test(call))
    },
    unitNames: () => (existsSync(units) ? readdirSync(units).filter((name) => name.startsWith('traseai')) : []),
    unit: (name) => readFileSync(join(units, name), 'utf8'),
    becomes(next) {
      const now = JSON.parse(readFileSync(statePath, 'utf8')) as typeof state // written by the stand-in
      writeFileSync(statePath, JSON.stringify({ ...now, behaviour: next }))
    },
    run,
  }
}
