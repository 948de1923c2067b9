// Which service runs the gateway of a home, if any; reads a unit file or two, because every start asks it.
import type { Host } from '../host.ts'
import type { Scope } from './init-system.ts'
import { homeOfUnit } from './systemd-place.ts'

/** What `openManager` needs to know. */
export interface ServiceChoice {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: Scope
}

/** The installed service that serves `host.paths.home`; null when there is none. */
export async function serviceOfHome(host: Pick<Host, 'env' | 'paths' | 'platform'>): Promise<ServiceChoice | null> {
  if (host.platform !== 'linux') return null
  for (const scope of ['user', 'system'] as const) {
    if ((await homeOfUnit(host, scope)) === host.paths.home) return { kind: 'systemd', scope }
  }
  return null
}
