// A Mac for tests on this machine: a stand-in launchctl that runs what it loads, a home, and the manager that works on them.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectGateway } from '../../src/client/connect.ts'
import { TraseError } from '../../src/errors.ts'
import { realHost } from '../../src/host.ts'
import type { Scope, ServiceManager, ServicePlan } from '../../src/service/init-system.ts'
import { launchdManager, type LaunchdHost } from '../../src/service/launchd/launchd.ts'
import { freshHome, programPath, projectRoot } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

const standIn = join(projectRoot, 'test/service/programs/launchctl-stand-in.mjs')
const macPath = join(projectRoot, 'test/service/programs/mac.cjs')

export interface Mac {
  readonly home: string
  readonly host: LaunchdHost
  /** For the program itself: it then believes that it runs on this Mac. */
  readonly env: Readonly<Record<string, string>>
  readonly manager: ServiceManager
  /** Where this scope's plists go. */
  readonly plists: string
  readonly plan: ServicePlan
  /** What launchctl was asked, without the questions that change nothing. */
  changes(): readonly string[]
  /** Everything that launchctl was asked. */
  calls(): readonly string[]
  /** Arranges how launchd is: `domains.json`, `disabled.json`, `behaviour.json`. */
  arrange(what: 'domains' | 'disabled' | 'behaviour', value: unknown): void
  /** As somebody types it. */
  launchctl(...args: readonly string[]): Promise<void>
}

export interface MacOptions {
  readonly scope?: Scope
  readonly uid?: number
  readonly configuration?: Readonly<Record<string, unknown>>
}

/** Is gone again at the end of the test. */
export async function openMac({ scope = 'user', uid, configuration = {} }: MacOptions = {}): Promise<Mac> {
  const home = await freshHome(configuration)
  const folder = `${home}.mac`
  const bin = join(folder, 'bin')
  mkdirSync(join(folder, 'jobs'), { recursive: true })
  mkdirSync(bin)
  const program = join(bin, 'launchctl')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${folder}' "$@"\n`)
  chmodSync(program, 0o755)
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: join(folder, 'user'), TRASEAI_HOME: home }
  const host: LaunchdHost = { ...realHost({ env }), uid: uid ?? (scope === 'user' ? 501 : 0) }
  const plists = scope === 'user' ? join(folder, 'user/Library/LaunchAgents') : join(folder, 'LaunchDaemons')
  const calls = (): readonly string[] =>
    existsSync(join(folder, 'calls.log')) ? readFileSync(join(folder, 'calls.log'), 'utf8').trim().split('\n') : []

  onTestFinished(async () => {
    const keepers = readdirSync(join(folder, 'jobs')).flatMap((name) => keeperOf(join(folder, 'jobs', name)))
    for (const pid of keepers) process.kill(pid, 'SIGTERM')
    await until(
      () => readdirSync(join(folder, 'jobs')).length === 0,
      () => 'jobs are unloaded',
    )
    rmSync(folder, { recursive: true, force: true })
    rmSync(home, { recursive: true, force: true })
  })

  return {
    home,
    host,
    env: { ...env, NODE_OPTIONS: `--require=${macPath}` },
    plists,
    manager: launchdManager(host, { scope, packageRoot: projectRoot, isAnswering, daemons: plists }),
    plan: {
      scope,
      node: process.execPath,
      program: programPath,
      home,
      socket: join(home, 'control.sock'),
      http: null,
      runAs: scope === 'user' ? null : 'root',
      monitor: true,
    },
    calls,
    changes: () => calls().filter((call) => !call.startsWith('print')),
    arrange: (what, value) => writeFileSync(join(folder, `${what}.json`), JSON.stringify(value)),
    async launchctl(...args) {
      const child = realHost().spawn(program, args, { env, stdio: 'ignore' })
      await new Promise((resolve) => child.once('exit', resolve))
    },
  }
}

function keeperOf(path: string): readonly number[] {
  if (path.endsWith('.new')) return []
  const { keeper } = JSON.parse(readFileSync(path, 'utf8')) as { keeper: number } // written by the stand-in
  return [keeper]
}

async function isAnswering(socketPath: string): Promise<boolean> {
  try {
    const client = await connectGateway({ socketPath, platform: 'linux' })
    client.close()
    return true
  } catch (error) {
    if (error instanceof TraseError) return false
    throw error
  }
}
