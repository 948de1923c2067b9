// `gateway restart`: stops the gateway if it runs, and starts it as `gateway start` does.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Environment } from '../../../host.ts'
import type { Act, Context } from '../../context.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'
import { renderProblem } from '../../render/problem.ts'
import { version } from '../../../version.ts'
import { endThrough } from '../../end-through.ts'
import { installedService } from '../../installed.ts'
import { gatewayStatus } from '../../gateway-status.ts'
import { runGatewayStart, sayStarted } from './start.ts'
import { nowFlag, stopGateway, type StopOptions } from './stop.ts'

export function registerGatewayRestart(gateway: Command, act: Act): void {
  gateway
    .command('restart')
    .description('stop the gateway if it runs, and start it again; not with a broken traseai.json')
    .option(...nowFlag)
    .action((options: StopOptions) => act((context) => runGatewayRestart(context, options)))
}

export async function runGatewayRestart(context: Context, options: StopOptions): Promise<number> {
  const service = await installedService(context)
  const state = await service?.state()
  // A connection to held sockets would start what is to be restarted.
  if (state?.onDemand !== true) await refuseIfBroken(context)
  if (service !== null && state?.activity === 'running') {
    await endThrough(context, service, 'restart', options)
    return sayStarted(context, await context.runningGateway(), true)
  }
  if (state?.onDemand === true) return runGatewayStart(context)
  const pid = await stopGateway(context, options)
  context.io.note(pid === null ? `no gateway ran for ${context.host.paths.home}` : `stopped the gateway (pid ${pid})`)
  return runGatewayStart(context)
}

/** A gateway that runs on its last good settings would be lost: a new one does not start with broken ones. */
async function refuseIfBroken(context: Context): Promise<void> {
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return
  const { version: theirs, pid: running } = await gatewayStatus(gateway)
  if (theirs !== version) return refuseIfUnfit(context, running)
  await gateway.call('gateway.reload', {})
  const { configuration, pid } = await gatewayStatus(gateway)
  if (configuration.ok) return
  const { problems } = configuration
  throw new TraseError('configuration_invalid', problems.map(renderProblem).join('\n'), {
    hint: `mend it; the running gateway (pid ${pid}) goes on with the last good settings`,
    data: { problems },
  })
}

/** What the daemon's bundle exports. */
interface DaemonModule {
  checkStart(options: { readonly env: Environment; readonly packageRoot: string }): Promise<void>
}

/** A gateway of another version knows other settings, and perhaps a newer database: whether this one could start, only it can say. */
async function refuseIfUnfit(context: Context, pid: number): Promise<void> {
  const { host, packageRoot } = context
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  try {
    await daemon.checkStart({ env: { ...host.env, TRASEAI_HOME: host.paths.home }, packageRoot })
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    const { code, message, hint, data } = error
    const stays = `the gateway that runs (pid ${pid}) goes on`
    throw new TraseError(code, `${message}; ${stays}`, { hint, ...(data && { data }), cause: error })
  }
}
