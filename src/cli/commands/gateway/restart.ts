// `gateway restart`: stops the gateway if it runs, and starts it in the background.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'
import { renderProblem } from '../../render/problem.ts'
import { runGatewayStart } from './start.ts'
import { nowFlag, stopGateway, type StopOptions } from './stop.ts'

export function registerGatewayRestart(gateway: Command, act: Act): void {
  gateway
    .command('restart')
    .description('stop the gateway if it runs, and start it in the background; not with a broken traseai.json')
    .option(...nowFlag)
    .action((options: StopOptions) => act((context) => runGatewayRestart(context, options)))
}

export async function runGatewayRestart(context: Context, options: StopOptions): Promise<number> {
  await refuseIfBroken(context)
  const pid = await stopGateway(context, options)
  context.io.note(pid === null ? `no gateway ran for ${context.host.paths.home}` : `stopped the gateway (pid ${pid})`)
  return runGatewayStart(context)
}

/** A gateway that runs on its last good settings would be lost: a new one does not start with broken ones. */
async function refuseIfBroken(context: Context): Promise<void> {
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return
  await gateway.call('gateway.reload', {})
  const { configuration, pid } = await gateway.call('gateway.status', {})
  if (configuration.ok) return
  const { problems } = configuration
  throw new TraseError('configuration_invalid', problems.map(renderProblem).join('\n'), {
    hint: `mend it; the running gateway (pid ${pid}) goes on with the last good settings`,
    data: { problems },
  })
}
