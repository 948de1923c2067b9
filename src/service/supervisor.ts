// Who runs this very process: systemd, launchd, or nobody.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Scope } from './init-system.ts'
import { launchdSystemHome } from './launchd-place.ts'

export interface Supervisor {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: Scope
  /** The unit or label, such as `traseai.service`; null when it cannot be told. */
  readonly unit: string | null
}

/** Null for a process that was started by hand, by another program, or from within a service. */
export function supervisorOf({ env, pid }: Pick<Host, 'env' | 'pid'>): Supervisor | null {
  // systemd.exec(5): set to the process that was started, so that its children, who inherit it, know that they are not meant.
  if (env['SYSTEMD_EXEC_PID'] === String(pid)) return systemdUnit()
  // launchd hands down "0" to what is no service of its own.
  const label = env['XPC_SERVICE_NAME']
  if (label?.includes('traseai')) {
    // Its daemons run as whom they were told to, so that the user says nothing; their home is always this one.
    return { kind: 'launchd', scope: env['TRASEAI_HOME'] === launchdSystemHome ? 'system' : 'user', unit: label }
  }
  return null
}

/** systemd names the control group of a unit after it, cgroups(7): `0::/user.slice/…/user@1000.service/app.slice/traseai.service`. */
function systemdUnit(): Supervisor {
  const path = ownControlGroup()
  const unit = basename(path)
  return {
    kind: 'systemd',
    scope: path.includes('/user@') ? 'user' : 'system',
    unit: unit.endsWith('.service') ? unit : null,
  }
}

function ownControlGroup(): string {
  try {
    const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
    return lines.find((line) => line.startsWith('0::')) ?? ''
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}
