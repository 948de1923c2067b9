// `gateway install`: looks whether it can be done, makes the plan, has the service manager do it, and says what was done.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { connectGateway, type GatewayClient } from '../../../client/connect.ts'
import { TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import type { ServiceManager, ServicePlan } from '../../../service/init-system.ts'
import { stableNode } from '../../../service/stable-node.ts'
import { listenAddress } from '../../../service/systemd-quoting.ts'
import type { Context } from '../../context.ts'
import type { InstallOptions } from '../../interactive-bundle.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'
import { stopGateway } from '../../commands/gateway/stop.ts'
import { hostOfService, managerKind, serviceManager } from './manager.ts'
import { changeLines } from './change-lines.ts'

/** What the daemon's bundle exports. */
interface DaemonModule {
  readListening(options: {
    readonly env: Host['env']
  }): Promise<{ readonly host: string; readonly port: number; readonly drainMs: number }>
}

export async function installService(context: Context, options: InstallOptions): Promise<number> {
  const { io } = context
  const { scope } = options
  const manager = serviceManager(context, { kind: managerKind(context.host), scope })
  const host = hostOfService(context.host, scope)
  await refuseBorrowedRights(host, options)
  await refuseOtherHome(manager, host)
  const plan = await planOf(context, host, options)
  const tookOver = await takeOver({ ...context, host, runningGateway: () => connectTo(host) }, manager)
  const change = await manager.install(plan)
  const gateway = await connectTo(host)
  const { pid, http } = await gateway.call('gateway.status', {})
  gateway.close() // nothing else would end this process, which has loaded the daemon's bundle
  io.print({ ...change, kind: manager.kind, scope, unit: manager.name, home: plan.home, http, pid, tookOver }, () =>
    [...changeLines(change, io.paint), `${manager.name} runs (pid ${pid}): ${http ?? plan.socket}`].join('\n'),
  )
  for (const advice of change.advice) io.note(`hint: ${advice}`)
  return 0
}

async function planOf({ packageRoot, loadDaemon }: Context, host: Host, options: InstallOptions): Promise<ServicePlan> {
  const { scope, runAs, monitor } = options
  const { home, socket } = host.paths
  const program = join(packageRoot, 'bin', 'traseai.js')
  const { path: node } = await stableNode(host.execPath, program)
  const daemon = (await loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const listening = await daemon.readListening({ env: { ...host.env, TRASEAI_HOME: home } })
  return {
    scope,
    node,
    program,
    home,
    socket,
    http: listenAddress(listening),
    runAs,
    monitor,
    drainMs: listening.drainMs,
  }
}

function connectTo({ paths, platform }: Host): Promise<GatewayClient> {
  return connectGateway({ socketPath: paths.socket, platform, kind: 'cli' })
}

/** `sudo` often leaves HOME as it is: root's files in the folders of somebody else are in their way for ever. */
async function refuseBorrowedRights(host: Host, { scope }: InstallOptions): Promise<void> {
  if (scope === 'system' || host.uid !== 0) return
  const { uid } = await stat(host.env['HOME'] || '/')
  if (uid === 0) return
  throw new TraseError('permission_denied', `HOME (${host.env['HOME']}) belongs to another user than root`, {
    hint: 'without sudo, for yourself: traseai gateway install; for the machine: sudo traseai gateway install --system',
  })
}

async function refuseOtherHome(manager: ServiceManager, host: Host): Promise<void> {
  const home = await manager.installedHome()
  if (home === null || home === host.paths.home) return
  throw new TraseError('already_exists', `${manager.name} serves another home: ${home}`, {
    hint: `one service a user: remove that one first (traseai --home ${home} gateway uninstall), or start this one in the background (traseai gateway start)`,
  })
}

/** @returns the pid of a gateway without a service manager that ran for the home, and was stopped; null when there was none */
async function takeOver(context: Context, manager: ServiceManager): Promise<number | null> {
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return null
  const { pid, supervisor } = await gateway.call('gateway.status', {})
  gateway.close()
  if (supervisor?.unit === manager.name && supervisor.scope === manager.scope) return null
  if (supervisor !== null) {
    throw new TraseError(
      'conflict',
      `${supervisor.kind} runs the gateway of this home already, as ${supervisor.unit}`,
      {
        hint: 'disable that one first, so that it does not start again',
      },
    )
  }
  context.io.note(`stopping the gateway that runs for this home (pid ${pid}): the service takes over`)
  return await stopGateway(context)
}
