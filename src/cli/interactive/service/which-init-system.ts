// The service manager of this machine, and the home that a service of each scope serves.
import { TraseError } from '../../../errors.ts'
import { realHost, type Host } from '../../../host.ts'
import { managerOf, type ServiceChoice } from '../../../service/service-of-home.ts'
import type { Scope, ServiceManager } from '../../../service/init-system.ts'
import { launchdManager } from '../../../service/launchd/launchd.ts'
import { launchdSystemHome } from '../../../service/launchd/place.ts'
import { systemdManager } from '../../../service/systemd/systemd.ts'
import { systemHome } from '../../../service/systemd/place.ts'
import { connectGateway, type GatewayClient } from '../../../client/connect.ts'
import type { Context } from '../../context.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'

export function serviceManager(
  { host, packageRoot }: Pick<Context, 'host' | 'packageRoot'>,
  { kind, scope }: ServiceChoice,
): ServiceManager {
  if (kind === 'systemd') return systemdManager(host, { scope, packageRoot })
  const isAnswering = async (socketPath: string): Promise<boolean> => {
    const client = await unlessUnreachable(connectGateway({ socketPath, platform: host.platform }))
    client?.close()
    return client !== null
  }
  return launchdManager(host, { scope, packageRoot, isAnswering })
}

/** What this machine has. @throws TraseError `service_manager` where it is none that we know */
export function managerKind({ platform }: Pick<Host, 'platform'>): ServiceChoice['kind'] {
  const kind = managerOf(platform)
  if (kind !== null) return kind
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
  const home = managerOf(host.platform) === 'launchd' ? launchdSystemHome : systemHome
  const { TRASEAI_HOME, TRASEAI_SOCKET } = host.env
  if (TRASEAI_HOME && host.paths.home !== home) {
    throw new TraseError('usage', `a service of the machine keeps everything in ${home}, not in ${host.paths.home}`, {
      hint: 'leave out --home and TRASEAI_HOME',
    })
  }
  return realHost({ env: { ...host.env, TRASEAI_HOME: home, TRASEAI_SOCKET } })
}

/** The gateway of that home, never started. @throws TraseError `gateway_unreachable` */
export function connectTo({ paths, platform }: Host): Promise<GatewayClient> {
  return connectGateway({ socketPath: paths.socket, platform, kind: 'cli' })
}
