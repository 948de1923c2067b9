// What the service manager told this process in its environment, once: read here, and kept from the programs that it starts.
import type { Environment } from '../../host.ts'

export interface Supervision {
  /** The environment without what was meant for this very process. */
  readonly env: Environment
  /** Where to say how we are, sd_notify(3); null when nobody asks. `@name` is an abstract socket. */
  readonly notifySocket: string | null
  /** How often it wants to hear from us at least; null when it does not watch. */
  readonly watchdogMs: number | null
  /** Descriptors of sockets that it opened for us, sd_listen_fds(3). */
  readonly descriptors: readonly number[]
}

/** sd_listen_fds(3): the first one, behind the standard streams. */
const firstDescriptor = 3
/** Of what is handed over we know what to do with two. */
const descriptorsMax = 64

const meantForUs = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
] as const

/** `pid` is this process; what names another one was meant for a parent of ours. The protocols are of Linux alone. */
export function readSupervision(env: Environment, pid: number, platform: NodeJS.Platform): Supervision {
  const isMeant = (name: string): boolean => env[name] === undefined || env[name] === String(pid)
  const forOthers = Object.fromEntries(
    Object.entries(env).filter(([name]) => !(meantForUs as readonly string[]).includes(name)),
  )
  if (platform !== 'linux') return { env: forOthers, notifySocket: null, watchdogMs: null, descriptors: [] }
  const watchdogUs = isMeant('WATCHDOG_PID') ? wholeNumber(env['WATCHDOG_USEC']) : 0
  // Unlike the watchdog's, this pid has to be there: descriptors of somebody else would be closed.
  const count = env['LISTEN_PID'] === String(pid) ? Math.min(wholeNumber(env['LISTEN_FDS']), descriptorsMax) : 0
  return {
    env: forOthers,
    notifySocket: env['NOTIFY_SOCKET'] || null,
    watchdogMs: watchdogUs > 0 ? watchdogUs / 1_000 : null,
    descriptors: Array.from({ length: count }, (_none, i) => firstDescriptor + i),
  }
}

/** 0 for everything else. */
function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0
}
