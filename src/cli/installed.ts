// The service that runs the gateway of this home, where one is installed: found by a look at a file or two, loaded only then.
import { type ErrorName, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { isThere } from '../read-if-allowed.ts'
import { machineHome, serviceOfHome } from '../service/service-of-home.ts'
import type { ServiceManager } from '../service/init-system.ts'
import type { Context } from './context.ts'
import { loadInteractive } from './interactive-bundle.ts'

export type ServiceContext = Pick<Context, 'host' | 'packageRoot' | 'loadInteractive'>

/** Null where none is installed for this home. */
export async function installedService(context: ServiceContext): Promise<ServiceManager | null> {
  const choice = await serviceOfHome(context.host)
  if (choice === null) return null
  const { serviceManager } = await loadInteractive(context)
  return serviceManager(context, choice)
}

/**
 * Why no gateway answers although somebody holds its sockets, which makes a connection wait; null when that is not so, or the service
 * manager cannot be asked. Asking takes some 20 ms, so it is for when there is trouble already, and for commands that are about it.
 */
export async function serviceTrouble(context: ServiceContext): Promise<TraseError | null> {
  const service = await installedService(context)
  if (service === null) return null
  const state = await service.state().catch(unlessNamed)
  if (state?.pid !== null || state.why === null) return null
  return new TraseError('gateway_unreachable', `${service.name} (${service.kind}) has failed: ${state.why}`, {
    hint: 'see more: traseai gateway logs; when it is mended: traseai gateway start',
    data: { activity: state.activity, why: state.why },
  })
}

const forWantOfHome: ReadonlySet<ErrorName> = new Set<ErrorName>(['gateway_unreachable', 'address_in_use'])

/** The same failure for root, who may have meant the gateway of the machine, with a word of where that one is; null for any other. */
export async function meantMachine({ host }: Pick<Context, 'host'>, error: unknown): Promise<TraseError | null> {
  if (!(error instanceof TraseError) || !forWantOfHome.has(error.code) || host.uid !== 0) return null
  const home = await machineHome(host)
  if (home === null || home === host.paths.home) return null
  const { code, message, hint, data } = error
  const whose = `the gateway of this machine has the home ${home}: traseai gateway status --home ${home}`
  if (hint?.includes(whose)) return null // a gateway that was started from here has said it
  return new TraseError(code, message, { hint: `${whose}; here: ${hint}`, ...(data && { data }), cause: error })
}

/** Null for a failure that the program foresees. */
function unlessNamed(error: unknown): null {
  if (error instanceof TraseError) return null
  throw error
}

/** Whether `gateway install` has a service manager to turn to: sd_booted(3), or launchd. */
export async function canInstall({ platform }: Pick<Host, 'platform'>): Promise<boolean> {
  if (platform === 'darwin') return true
  return await isThere('/run/systemd/system')
}
