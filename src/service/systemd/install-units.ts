// Brings a service into systemd and out of it: files, links, what runs; only what has to change.
import { TraseError } from '../../errors.ts'
import type { FileChange, Scope, ServiceChange, ServicePlan } from '../init-system.ts'
import { hasLinger } from './linger.ts'
import type { Systemctl, UnitProperties } from './systemctl.ts'
import { removeUnits, writeUnits } from './write-units.ts'
import { allUnits, gatewayUnits, monitorUnits, serviceUnit, unitFiles } from './fill-units.ts'

export interface InstallDeps {
  readonly systemctl: Systemctl
  /** Where units lie. */
  readonly folder: string
  /** The folder with `bin/` and `systemd/`. */
  readonly packageRoot: string
  /** Runs a systemctl command that starts units, and says why one did not start. */
  bringUp(args: readonly string[]): Promise<void>
}

/** See `ServiceManager.install`. @throws TraseError `already_exists` for a unit that somebody else made, too */
export async function installUnits(deps: InstallDeps, plan: ServicePlan): Promise<ServiceChange> {
  const { systemctl, folder, packageRoot } = deps
  // Whether it can be asked at all is known before anything is written.
  await systemctl.show([serviceUnit], ['LoadState'])
  const files = await writeUnits(folder, await unitFiles(packageRoot, plan))
  const dropped = plan.monitor ? null : await dropUnits(systemctl, folder, monitorUnits)
  const changed = [...files, ...(dropped?.files ?? [])]
  const commands = [...(dropped?.commands ?? []), ...(await takeUp(deps, plan, changed))]
  return { files: changed, commands, advice: await adviceFor(plan) }
}

async function adviceFor({ scope, home }: ServicePlan): Promise<readonly string[]> {
  if (scope === 'system') return [`root reaches it with --home: sudo traseai models status --home ${home}`]
  if (await hasLinger()) return []
  return ['it ends when you log out, and starts when you log in; to have it run always: loginctl enable-linger']
}

/** See `ServiceManager.uninstall`. */
export async function uninstallUnits({ systemctl, folder }: InstallDeps): Promise<ServiceChange> {
  const { files, commands } = await dropUnits(systemctl, folder, allUnits)
  const reload = ['daemon-reload']
  if (files.length > 0 && (await systemctl.tries(reload))) commands.push(systemctl.words(reload))
  // Else a unit that failed is listed for ever; one that did not fail is nothing to complain about.
  await systemctl.tries(['reset-failed', ...allUnits])
  return { files, commands, advice: [] }
}

const rootHints = {
  install: 'sudo traseai gateway install --system',
  uninstall: 'sudo traseai gateway uninstall --system',
} as const

/** In words, before a file is refused to who may not write it. @throws TraseError `permission_denied` */
export function refuseWithoutRoot(uid: number, scope: Scope, what: keyof typeof rootHints): void {
  if (scope === 'user' || uid === 0) return
  throw new TraseError('permission_denied', `only root may ${what} a service of the machine`, {
    hint: rootHints[what],
  })
}

interface Dropped {
  readonly files: readonly FileChange[]
  readonly commands: string[]
}

/** Stops, disables and removes those of `names` that are there. */
async function dropUnits(systemctl: Systemctl, folder: string, names: readonly string[]): Promise<Dropped> {
  const shown = await systemctl.show(names, ['LoadState']).catch((error: unknown) => {
    // Without a manager nothing runs, and the files can go.
    if (error instanceof TraseError && error.code === 'service_manager') return []
    throw error
  })
  const there = names.filter((_, index) => shown[index]?.['LoadState'] === 'loaded')
  const commands: string[] = []
  if (there.length > 0) {
    const args = ['disable', '--now', ...there]
    await systemctl.run(args)
    commands.push(systemctl.words(args))
  }
  return { files: await removeUnits(folder, names), commands }
}

/** Lets systemd read what was written, enables what is not enabled, starts what does not run and restarts what has changed. */
async function takeUp(
  { systemctl, bringUp }: InstallDeps,
  plan: ServicePlan,
  files: readonly FileChange[],
): Promise<readonly string[]> {
  const done: string[] = []
  const ask = async (args: readonly string[], run = systemctl.run): Promise<void> => {
    await run(args)
    done.push(systemctl.words(args))
  }
  const wanted = plan.monitor ? [...gatewayUnits, monitorUnits[0]] : gatewayUnits
  const before = await systemctl.show(wanted, ['ActiveState', 'UnitFileState', 'NeedDaemonReload'])
  const changed = files.filter(({ change }) => change !== 'unchanged')
  if (changed.length > 0 || before.some((unit) => unit['NeedDaemonReload'] === 'yes')) await ask(['daemon-reload'])
  const having = (test: (unit: UnitProperties, name: string) => boolean): readonly string[] =>
    wanted.filter((name, index) => test(before[index] ?? {}, name))
  const disabled = having((unit) => unit['UnitFileState'] !== 'enabled')
  if (disabled.length > 0) await ask(['enable', ...disabled])
  const stale = having(
    (unit, name) => unit['ActiveState'] === 'active' && changed.some(({ path }) => path.endsWith(`/${name}`)),
  )
  // A socket that is made anew takes the service with it, which systemd would end and not start again.
  const again = stale.includes('traseai.socket') ? [...new Set([...gatewayUnits, ...stale])] : stale
  if (again.length > 0) await ask(['restart', ...again], bringUp)
  const down = having((unit, name) => unit['ActiveState'] !== 'active' && !again.includes(name))
  if (down.length === 0) return done
  await systemctl.tries(['reset-failed', ...down])
  await ask(['start', ...down], bringUp)
  return done
}
