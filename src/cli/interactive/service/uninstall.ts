// `gateway uninstall`: stops the gateway and removes the service; the home stays.
import { TraseError } from '../../../errors.ts'
import type { ServiceManager } from '../../../service/init-system.ts'
import type { Context } from '../../context.ts'
import { endThrough } from '../../end-through.ts'
import type { UninstallOptions } from '../../interactive-bundle.ts'
import { changeLines } from './change-lines.ts'
import { connectTo, hostOfService, managerKind, serviceManager } from './which-init-system.ts'

export async function uninstallService(context: Context, { scope, now }: UninstallOptions): Promise<number> {
  const { io } = context
  const manager = serviceManager(context, { kind: managerKind(context.host), scope })
  const host = hostOfService(context.host, scope)
  const { home } = host.paths
  const served = await manager.installedHome()
  if (served !== null && served !== home) {
    throw new TraseError('not_found', `${manager.name} serves another home: ${served}`, {
      hint: `traseai gateway uninstall --home ${served}`,
    })
  }
  if (served !== null) await endRunning({ ...context, host, runningGateway: () => connectTo(host) }, manager, now)
  const change = await manager.uninstall()
  io.print({ ...change, kind: manager.kind, scope, unit: manager.name, home }, () =>
    change.files.length === 0
      ? `no service is installed ${scope === 'user' ? 'for this user' : 'for this machine'}`
      : [...changeLines(change, io.paint), `the home stays as it is: ${home}`].join('\n'),
  )
  for (const advice of change.advice) io.note(`hint: ${advice}`)
  return 0
}

/** In good order, and with a word on what it waits for. Where nobody can be asked, nothing runs. */
async function endRunning(context: Context, manager: ServiceManager, now: boolean): Promise<void> {
  const state = await manager.state().catch((error: unknown) => {
    if (error instanceof TraseError && error.code === 'service_manager') return null
    throw error
  })
  if (state?.activity === 'running') await endThrough(context, manager, 'stop', { now })
}
