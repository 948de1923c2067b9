// `gateway stop`: asks the gateway to stop and waits until it is gone.
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'

/** A gateway that stops finishes the answers it is giving; after this long somebody should look. */
const stopMsMax = 15_000
const pollMs = 20

export function registerGatewayStop(gateway: Command, act: Act): void {
  gateway
    .command('stop')
    .description('stop the gateway and wait until it has ended')
    .action(() => act(runGatewayStop))
}

export async function runGatewayStop(context: Context): Promise<number> {
  const pid = await stopGateway(context)
  context.io.print({ stopped: pid !== null, pid }, () =>
    pid === null ? `no gateway runs for ${context.host.paths.home}` : `gateway stopped (pid ${pid})`,
  )
  return 0
}

/**
 * @returns the pid of the gateway that was stopped, null when none ran
 * @throws TraseError `timeout` when it is still there after `stopMsMax`
 */
export async function stopGateway(context: Context): Promise<number | null> {
  const { host } = context
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return null
  const { pid } = await gateway.call('gateway.status', {})
  await gateway.call('gateway.stop', {})
  const end = host.monotonicMs() + stopMsMax
  while (host.processExists(pid)) {
    if (host.monotonicMs() > end) throw stillThere(pid)
    await delay(pollMs)
  }
  return pid
}

function stillThere(pid: number): TraseError {
  const seconds = stopMsMax / 1_000
  return new TraseError('timeout', `the gateway (pid ${pid}) was told to stop, but has not ended within ${seconds} s`, {
    hint: `see what it does: traseai gateway logs; as a last resort: kill ${pid}`,
  })
}
