// `gateway stop`: asks the gateway to stop and waits until it is gone.
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import type { GatewayClient } from '../../../client/connect.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'
import type { ServiceManager } from '../../../service/init-system.ts'
import { endThrough } from '../../end-through.ts'
import { installedService } from '../../installed.ts'
import { gatewayStatus } from '../../gateway-status.ts'
import { waitNote } from '../../wait-note.ts'

/** A gateway that stops finishes the answers it is giving, for as long as it says itself; this long after that somebody should look. */
const stopMsMax = 15_000
const pollMs = 20

export interface StopOptions {
  /** Cut the requests under way. */
  readonly now?: boolean
}

export const nowFlag = ['--now', 'cut the model requests under way instead of letting them end'] as const

export function registerGatewayStop(gateway: Command, act: Act): void {
  gateway
    .command('stop')
    .description('stop the gateway and wait until it has ended; model requests under way may end')
    .option(...nowFlag)
    .action((options: StopOptions) => act((context) => runGatewayStop(context, options)))
}

export async function runGatewayStop(context: Context, options: StopOptions): Promise<number> {
  const service = await installedService(context)
  const pid = service === null ? await stopGateway(context, options) : await stopService(context, service, options)
  context.io.print({ stopped: pid !== null, pid }, () =>
    pid === null ? `no gateway runs for ${context.host.paths.home}` : `gateway stopped (pid ${pid})`,
  )
  return 0
}

/** The sockets that the service manager holds are closed too, else the next connection started it again. */
async function stopService(context: Context, service: ServiceManager, options: StopOptions): Promise<number | null> {
  const { pid } = await service.state()
  if (pid === null) await service.stop()
  else await endThrough(context, service, 'stop', options)
  // One that was started in the background before the service was installed.
  return (await stopGateway(context, options)) ?? pid
}

/**
 * @returns the pid of the gateway that was stopped, null when none ran
 * @throws TraseError `timeout` when it is still there `stopMsMax` after the time that it has set itself
 */
export async function stopGateway(context: Context, { now = false }: StopOptions = {}): Promise<number | null> {
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return null
  const { pid } = await gatewayStatus(gateway)
  await gateway.call('gateway.stop', now ? { now } : {}) // older gateways know no `now`
  await untilEnded(context, gateway, pid)
  return pid
}

/**
 * Waits for a gateway that was told to stop.
 * @throws TraseError `timeout`, see `stopGateway`
 */
export async function untilEnded(context: Context, gateway: GatewayClient, pid: number): Promise<void> {
  const { host } = context
  const waitMs = (await drainMs(context, gateway)) + stopMsMax
  const end = host.monotonicMs() + waitMs
  while (host.processExists(pid)) {
    if (host.monotonicMs() > end) throw stillThere(pid, waitMs)
    await delay(pollMs)
  }
}

/** How long the gateway will wait for model requests, which is told; 0 when there are none or it has ended. */
async function drainMs({ host, io }: Context, gateway: GatewayClient): Promise<number> {
  try {
    const { pid, stopping } = await gatewayStatus(gateway)
    if (stopping === null || stopping.requests === 0) return 0
    io.note(waitNote(pid, stopping, host.now()))
    return Math.max(Date.parse(stopping.until) - host.now(), 0)
  } catch (error) {
    if (error instanceof TraseError && error.code === 'connection_lost') return 0
    throw error
  }
}

function stillThere(pid: number, waitMs: number): TraseError {
  const seconds = Math.round(waitMs / 1_000)
  return new TraseError('timeout', `the gateway (pid ${pid}) was told to stop, but has not ended within ${seconds} s`, {
    hint: `see what it does: traseai gateway logs; as a last resort: kill ${pid}`,
  })
}
