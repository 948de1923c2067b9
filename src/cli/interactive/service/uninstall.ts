// `gateway uninstall`: stops the gateway and removes the service; the home stays.
import { TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import type { InstallOptions } from '../../interactive-bundle.ts'
import { changeLines } from './change-lines.ts'
import { hostOfService, managerKind, serviceManager } from './which-init-system.ts'

export async function uninstallService(context: Context, { scope }: Pick<InstallOptions, 'scope'>): Promise<number> {
  const { io } = context
  const manager = serviceManager(context, { kind: managerKind(context.host), scope })
  const { home } = hostOfService(context.host, scope).paths
  const served = await manager.installedHome()
  if (served !== null && served !== home) {
    throw new TraseError('not_found', `${manager.name} serves another home: ${served}`, {
      hint: `traseai gateway uninstall --home ${served}`,
    })
  }
  const change = await manager.uninstall()
  io.print({ ...change, kind: manager.kind, scope, unit: manager.name, home }, () =>
    change.files.length === 0
      ? `no service is installed ${scope === 'user' ? 'for this user' : 'for this machine'}`
      : [...changeLines(change, io.paint), `the home stays as it is: ${home}`].join('\n'),
  )
  for (const advice of change.advice) io.note(`hint: ${advice}`)
  return 0
}
