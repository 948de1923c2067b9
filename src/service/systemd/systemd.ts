// systemd as the manager of our service, for one user or for the machine.
import { TraseError } from '../../errors.ts'
import type { Scope, ServiceManager } from '../init-system.ts'
import { addressTaken } from './held-address.ts'
import { openSystemctl, type SystemdHost } from './systemctl.ts'
import { installUnits, refuseWithoutRoot, uninstallUnits } from './install-units.ts'
import { lastWords } from './last-words.ts'
import { homeOfUnit, unitFolder } from './place.ts'
import { serviceState, stateProperties } from './unit-state.ts'
import { gatewayUnits, serviceUnit } from './fill-units.ts'

export interface SystemdOptions {
  readonly scope: Scope
  /** The folder with `bin/` and `systemd/`. */
  readonly packageRoot: string
}

export function systemdManager(host: SystemdHost, { scope, packageRoot }: SystemdOptions): ServiceManager {
  const folder = unitFolder(host, scope)
  const systemctl = openSystemctl(host, scope)
  const deps = { systemctl, folder, packageRoot, bringUp }

  async function state(): ReturnType<ServiceManager['state']> {
    const [socket = {}, service = {}] = await systemctl.show(gatewayUnits, stateProperties)
    const known = serviceState(service, socket)
    if (known.activity === 'running' || known.pid !== null) return known
    if (socket['Result'] === 'resources') return { ...known, why: (await addressTaken(folder)) ?? known.why }
    if (service['Result'] !== 'exit-code') return known
    const words = await lastWords(host, scope, Number(service['ExecMainPID']))
    return words === null ? known : { ...known, why: `${known.why}: ${words}` }
  }

  /** @throws TraseError what systemctl says, or why the gateway ended where that is known */
  async function bringUp(args: readonly string[]): Promise<void> {
    try {
      await systemctl.run(args)
    } catch (error) {
      if (!(error instanceof TraseError) || error.code !== 'service_manager') throw error
      const { why } = await state()
      if (why === null) throw error
      throw new TraseError('service_manager', `${serviceUnit} did not start: ${why}`, {
        hint: 'see why: traseai gateway logs',
        cause: error,
      })
    }
  }

  /** A unit that somebody made by hand may have no socket, and what is not there cannot be named to systemctl. */
  async function loaded(): Promise<readonly string[]> {
    const shown = await systemctl.show(gatewayUnits, ['LoadState'])
    return gatewayUnits.filter((_, index) => shown[index]?.['LoadState'] === 'loaded')
  }

  return {
    kind: 'systemd',
    scope,
    name: serviceUnit,
    installedHome: () => homeOfUnit(host, scope),
    async install(plan) {
      refuseWithoutRoot(host.uid, scope, 'install')
      return await installUnits(deps, plan)
    },
    async uninstall() {
      refuseWithoutRoot(host.uid, scope, 'uninstall')
      return await uninstallUnits(deps)
    },
    async start() {
      // After many failures in a row systemd would refuse for a minute.
      await systemctl.tries(['reset-failed', ...gatewayUnits])
      await bringUp(['start', ...(await loaded())])
    },
    stop: async () => await systemctl.run(['stop', ...(await loaded())]),
    async restart() {
      await systemctl.tries(['reset-failed', ...gatewayUnits])
      await bringUp(['restart', serviceUnit])
    },
    state,
    logCommand: ({ lines, follow }) => journalCommand(scope, lines, follow),
  }
}

function journalCommand(scope: Scope, lines: number, follow: boolean): readonly [string, ...string[]] {
  return [
    'journalctl',
    // Not --user: that leaves out the entries of users who have no journal of their own, such as root.
    scope === 'user' ? `--user-unit=${serviceUnit}` : `--unit=${serviceUnit}`,
    '--output=json',
    '--no-pager',
    '--quiet',
    `--lines=${lines}`,
    ...(follow ? ['--follow'] : []),
  ]
}
