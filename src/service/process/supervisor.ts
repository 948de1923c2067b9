// Who runs this very process: systemd, launchd, or nobody.
import { readFileSync } from 'node:fs'
import { errnoOf } from '../../errors.ts'
import type { Host } from '../../host.ts'
import type { Scope } from '../init-system.ts'
import { launchdSystemHome } from '../launchd/place.ts'

export interface Supervisor {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: Scope
  /** The unit or label, such as `traseai.service`; null when it cannot be told. */
  readonly unit: string | null
}

/** Null for a process that was started by hand, by another program, or from within a service. */
export function supervisorOf({ env, pid }: Pick<Host, 'env' | 'pid'>): Supervisor | null {
  // systemd.exec(5): set to the process that was started, so that its children, who inherit it, know that they are not meant.
  if (env['SYSTEMD_EXEC_PID'] === String(pid)) return { kind: 'systemd', ...unitOfGroup(ownControlGroup()) }
  // launchd hands down "0" to what is no service of its own.
  const label = env['XPC_SERVICE_NAME']
  if (label?.includes('traseai')) {
    // Its daemons run as whom they were told to, so that the user says nothing; their home is always this one.
    return { kind: 'launchd', scope: env['TRASEAI_HOME'] === launchdSystemHome ? 'system' : 'user', unit: label }
  }
  return null
}

/**
 * systemd names the control group of a unit after it, cgroups(7): `0::/user.slice/…/user@1000.service/app.slice/traseai.service`, or with the
 * hierarchies of old in a line of its own, `1:name=systemd:/…`. In a container it may be no more than `/`.
 */
export function unitOfGroup(groups: string): Pick<Supervisor, 'scope' | 'unit'> {
  const paths = [...groups.matchAll(/^(?:0:|\d+:name=systemd):(\/.*)$/gm)].map(([, path = '']) => path)
  const [, manager = null, rest = ''] =
    /^(.*\/user@\d+\.service)?(\/.*)$/.exec(paths.find((path) => path !== '/') ?? '') ?? []
  const unit = rest.split('/').findLast((name) => name.endsWith('.service'))
  return { scope: manager === null ? 'system' : 'user', unit: unit ?? null }
}

function ownControlGroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}
