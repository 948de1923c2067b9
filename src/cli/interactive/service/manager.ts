// The service manager of this machine, and the home that a service of each scope serves.
import { TraseError } from '../../../errors.ts'
import { realHost, type Host } from '../../../host.ts'
import type { ServiceChoice } from '../../../service/choose-service.ts'
import type { Scope, ServiceManager } from '../../../service/init-system.ts'
import { systemdManager } from '../../../service/systemd.ts'
import { systemHome } from '../../../service/systemd-place.ts'
import type { Context } from '../../context.ts'

export function serviceManager({ host, packageRoot }: Context, { scope }: ServiceChoice): ServiceManager {
  return systemdManager(host, { scope, packageRoot })
}

/** What this machine has. @throws TraseError `service_manager` where it is none that we know */
export function managerKind({ platform }: Pick<Host, 'platform'>): ServiceChoice['kind'] {
  if (platform === 'linux') return 'systemd'
  throw new TraseError('service_manager', `no service manager that this program knows runs on ${platform}`, {
    hint: 'run it in the background: traseai gateway start',
  })
}

/**
 * The host as the service of a scope sees it: that of the machine has a home of its own.
 * @throws TraseError `usage` when another one is asked for
 */
export function hostOfService(host: Host, scope: Scope): Host {
  if (scope === 'user') return host
  const { TRASEAI_HOME, TRASEAI_SOCKET } = host.env
  if (TRASEAI_HOME && host.paths.home !== systemHome) {
    throw new TraseError(
      'usage',
      `a service of the machine keeps everything in ${systemHome}, not in ${host.paths.home}`,
      {
        hint: 'leave out --home and TRASEAI_HOME',
      },
    )
  }
  return realHost({ env: { ...host.env, TRASEAI_HOME: systemHome, TRASEAI_SOCKET } })
}
