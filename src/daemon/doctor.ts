// Hands the doctor what it looks at: in the gateway that runs, or in a command when there is none.
import type { ControlDeps } from '../control/deps.ts'
import { runChecks, type Diagnosis } from '../doctor/run-checks.ts'
import type { Caller, LiveDeps } from '../doctor/check.ts'
import { readSettings } from '../doctor/settings.ts'
import { realHost, type Environment, type Host } from '../host.ts'
import { version } from '../version.ts'
import type { Core } from './core.ts'
import type { Running } from './running.ts'
import { statusReport } from './status.ts'

/** What somebody asks of the doctor in the gateway. */
export interface DiagnoseRequest {
  readonly fix: boolean
  readonly caller: Caller | null
}

/** All checks, in the gateway. Never rejects. */
export async function diagnose(
  host: Host,
  core: Core,
  running: Running,
  notices: Pick<ControlDeps, 'notices'>,
  { fix, caller }: DiagnoseRequest,
): Promise<readonly Diagnosis[]> {
  const live: LiveDeps = {
    version,
    startedAt: running.startedAt,
    http: running.http,
    listening: running.listening,
    caller,
    report: () => statusReport(host, core, { agent: null, http: running.http() }),
    durable: () => ({ state: core.bus.durable(), position: core.bus.position() }),
    log: core.log,
    vault: () => core.vault.status(),
    trouble: () => core.bus.trouble.current(),
    profilesProblems: () => core.agentFiles.problems(),
    failedChannels: () => failedChannels(notices.notices()),
  }
  const settings = await readSettings(host)
  return runChecks({ host, packageRoot: running.packageRoot, runsIn: 'gateway', settings }, { fix, live })
}

function failedChannels({ channels }: ReturnType<ControlDeps['notices']>): ReturnType<LiveDeps['failedChannels']> {
  return channels.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ name, reason: trouble.reason }]))
}

export interface HostDoctorOptions {
  readonly env: Environment
  /** The folder with `bin/`, `dist/` and `package.json`. */
  readonly packageRoot: string
  readonly fix: boolean
  /** Why there is no gateway to ask. */
  readonly skipped: string
}

/** The checks that need no gateway, in the process of a command. Never rejects. */
export async function diagnoseHost({
  env,
  packageRoot,
  fix,
  skipped,
}: HostDoctorOptions): Promise<readonly Diagnosis[]> {
  const host = realHost({ env })
  host.makeFilesPrivate()
  const settings = await readSettings(host)
  return runChecks({ host, packageRoot, runsIn: 'shell', settings }, { fix, live: { skipped } })
}
