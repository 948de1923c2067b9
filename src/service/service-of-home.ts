// Which service runs the gateway of a home, if any; reads a file or two, because every start asks it.
import type { Host } from '../host.ts'
import type { Scope } from './init-system.ts'
import { homeOfJob } from './launchd/place.ts'
import { homeOfUnit } from './systemd/place.ts'

/** What `openManager` needs to know. */
export interface ServiceChoice {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: Scope
}

/** What each platform's service manager has installed. */
const platforms = {
  linux: { kind: 'systemd', homeOf: homeOfUnit },
  darwin: { kind: 'launchd', homeOf: homeOfJob },
} as const

/** The service manager of a platform; null where there is none that we know. */
export function managerOf(platform: NodeJS.Platform): ServiceChoice['kind'] | null {
  return platform === 'linux' || platform === 'darwin' ? platforms[platform].kind : null
}

/** The home of the machine's own gateway, where one is installed; null when there is none. */
export async function machineHome(host: Pick<Host, 'env' | 'platform'>): Promise<string | null> {
  const { platform } = host
  if (platform !== 'linux' && platform !== 'darwin') return null
  return await platforms[platform].homeOf(host, 'system')
}

/** The installed service that serves `host.paths.home`; null when there is none. */
export async function serviceOfHome(host: Pick<Host, 'env' | 'paths' | 'platform'>): Promise<ServiceChoice | null> {
  const { platform } = host
  if (platform !== 'linux' && platform !== 'darwin') return null
  const { kind, homeOf } = platforms[platform]
  for (const scope of ['user', 'system'] as const) {
    if ((await homeOf(host, scope)) === host.paths.home) return { kind, scope }
  }
  return null
}
