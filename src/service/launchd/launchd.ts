// launchd as the manager of our service, for one user or for the machine. Written from its documentation: it has not been run on a Mac.
import { TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import type { Scope, ServiceManager, ServiceState } from '../init-system.ts'
import { openLaunchctl, type Launchctl, type LaunchctlHost } from './launchctl.ts'
import { installJobs, uninstallJobs } from './install-jobs.ts'
import { endProcess, isUp, startJob, targetOf, unloadJob, type JobPlace } from './jobs.ts'
import { domainOf, gatewayLabel, installedJob, launchdFolder, type InstalledJob } from './place.ts'
import { lookBefore, untilReady, type Awaited, type Before } from './readiness.ts'
import { launchdState } from './job-state.ts'

export type LaunchdHost = LaunchctlHost & Pick<Host, 'monotonicMs' | 'uid'>

export interface LaunchdOptions {
  readonly scope: Scope
  /** The folder with `bin/` and `launchd/`. */
  readonly packageRoot: string
  /** Whether a gateway answers on that control socket: launchd knows only whether the process runs. */
  isAnswering(socket: string): Promise<boolean>
  /** Instead of the Mac's folder of daemons. */
  readonly daemons?: string
}

/** The job of the gateway in its domain, with what its plist says. */
interface FoundJob {
  readonly job: InstalledJob
  readonly place: JobPlace
}

export function launchdManager(host: LaunchdHost, options: LaunchdOptions): ServiceManager {
  const { scope, isAnswering } = options
  const folder = launchdFolder(host, scope, options.daemons)

  async function find(): Promise<FoundJob | null> {
    const job = await installedJob(host, folder)
    if (job === null) return null
    const domain = domainOf(host, scope, job.isBackground)
    return { job, place: { domain, label: gatewayLabel, plist: job.path } }
  }

  async function change(
    what: keyof typeof words,
    work: (found: FoundJob, launchctl: Launchctl) => Promise<void>,
  ): Promise<void> {
    refuseWrongUser(host, scope, what)
    const found = await find()
    if (found) return work(found, openLaunchctl(host))
    throw new TraseError('service_manager', 'launchd knows no gateway: none is installed', {
      hint: words.install[scope],
    })
  }

  const awaited = ({ job, place }: FoundJob): Awaited => ({ job, target: targetOf(place), isAnswering })

  /** Resolves when it is ready. @param before what is known of the time before it was ended */
  async function bringUp(found: FoundJob, launchctl: Launchctl, before?: Before): Promise<void> {
    const known = before ?? (await lookBefore(launchctl, awaited(found)))
    await startJob(host, launchctl, found.place, found.job.exitSeconds)
    await untilReady(host, launchctl, awaited(found), known)
  }

  return {
    kind: 'launchd',
    scope,
    name: gatewayLabel,
    installedHome: async () => (await installedJob(host, folder))?.home ?? null,
    async install(plan) {
      refuseWrongUser(host, scope, 'install')
      const launchctl = openLaunchctl(host)
      const { packageRoot } = options
      const done = await installJobs({ host, launchctl, folder, packageRoot, plan })
      const found = await find()
      if (found) await bringUp(found, launchctl)
      return { ...done, commands: [...launchctl.asked] }
    },
    async uninstall() {
      refuseWrongUser(host, scope, 'uninstall')
      const launchctl = openLaunchctl(host)
      const files = await uninstallJobs({ host, launchctl, folder, scope })
      return { files, commands: [...launchctl.asked], advice: [] }
    },
    start: () => change('start', bringUp),
    stop: () => change('stop', ({ job, place }, launchctl) => unloadJob(host, launchctl, place, job.exitSeconds)),
    restart: () =>
      change('restart', async (found, launchctl) => {
        const before = await lookBefore(launchctl, awaited(found))
        await endProcess(host, launchctl, found.place, found.job.exitSeconds)
        await bringUp(found, launchctl, before)
      }),
    state: async () => lookAt(openLaunchctl(host), await find(), domainOf(host, scope, false), isAnswering),
    logCommand: () => null,
  }
}

/** @param domain of a job that is loaded without a plist, which somebody removed */
async function lookAt(
  launchctl: Launchctl,
  found: FoundJob | null,
  domain: string,
  isAnswering: LaunchdOptions['isAnswering'],
): Promise<ServiceState> {
  const place = found?.place ?? { domain, label: gatewayLabel }
  const job = await launchctl.print(`${place.domain}/${place.label}`)
  return launchdState({
    job,
    isInstalled: found !== null,
    isDisabled: found !== null && (await launchctl.isDisabled(place.domain, place.label)),
    hasDomain: job !== null || (await launchctl.hasDomain(place.domain)),
    isAnswering: found !== null && isUp(job) && (await isAnswering(found.job.socket)),
  })
}

/** What may be done to a service, as the person types it who may. */
const words = {
  install: {
    user: 'traseai gateway install',
    system: 'sudo traseai gateway install --system --run-as USER',
  },
  uninstall: { user: 'traseai gateway uninstall', system: 'sudo traseai gateway uninstall --system' },
  start: { user: 'traseai gateway start', system: 'sudo traseai gateway start' },
  stop: { user: 'traseai gateway stop', system: 'sudo traseai gateway stop' },
  restart: { user: 'traseai gateway restart', system: 'sudo traseai gateway restart' },
} as const satisfies Record<string, Record<Scope, string>>

/** Root has no session at a screen, and nobody else may change what the machine runs. */
function refuseWrongUser({ uid }: Pick<Host, 'uid'>, scope: Scope, what: keyof typeof words): void {
  if (scope === 'system' && uid !== 0) {
    throw new TraseError('permission_denied', `only root may ${what} a service of the machine`, {
      hint: words[what].system,
    })
  }
  if (scope === 'user' && uid === 0) {
    throw new TraseError('usage', 'root has no session for a service of its own', {
      hint: `without sudo, for yourself: ${words[what].user}; for the machine: ${words.install.system}`,
    })
  }
}
