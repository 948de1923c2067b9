// `gateway install`: looks whether it can be done, makes the plan, has the service manager do it, and says what was done.
import { join } from 'node:path'
import { TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import type { ServiceChange, ServiceManager, ServicePlan } from '../../../service/init-system.ts'
import { stableNode } from '../../../service/stable-node.ts'
import { listenAddress } from '../../../service/systemd/quoting.ts'
import { version } from '../../../version.ts'
import type { Context } from '../../context.ts'
import type { InstallOptions } from '../../interactive-bundle.ts'
import { builtInProviders } from '../../../domain/provider-table.ts'
import { unseenKeys } from '../../unseen-keys.ts'
import { unlessUnreachable } from '../../gateway-connections.ts'
import { stopGateway } from '../../commands/gateway/stop.ts'
import { gatewayStatus } from '../../gateway-status.ts'
import { connectTo, hostOfService, managerKind, serviceManager } from './which-init-system.ts'
import { changeLines } from './change-lines.ts'
import {
  refuseBorrowedRights,
  refuseHiddenProgram,
  refuseOtherHome,
  refuseTakenAddress,
  refuseUser,
} from './refuse-install.ts'

/** What the daemon's bundle exports. */
interface DaemonModule {
  readListening(options: {
    readonly env: Host['env']
  }): Promise<{ readonly host: string; readonly port: number; readonly drainMs: number }>
}

/** `gateway install`; resolves to the exit status. */
export async function installService(context: Context, options: InstallOptions): Promise<number> {
  const { io } = context
  const { change, ...said } = await install(context, options)
  const where = said.http ?? said.socket
  io.print({ ...change, ...said }, () =>
    [...changeLines(change, io.paint), `${said.unit} runs (pid ${said.pid}): ${where}`].join('\n'),
  )
  for (const remark of [...said.unseen.map(unseenNote), ...change.advice.map((advice) => `hint: ${advice}`)])
    io.note(remark)
  return 0
}

/** What a command that installs has to tell. */
export interface Installed extends Pick<ServiceManager, 'kind' | 'scope'> {
  readonly change: ServiceChange
  readonly unit: string
  readonly home: string
  readonly http: string | null
  readonly socket: string
  readonly pid: number
  /** Of a gateway without a service manager that ran for the home, and was stopped. */
  readonly tookOver: number | null
  /** Key variables of the caller's environment, which a service does not have. */
  readonly unseen: readonly string[]
}

/** @throws TraseError what keeps it from being installed or started; nothing is written for the first */
export async function install(context: Context, options: InstallOptions): Promise<Installed> {
  const { scope } = options
  const manager = serviceManager(context, { kind: managerKind(context.host), scope })
  const host = hostOfService(context.host, scope)
  await refuseBorrowedRights(host, options)
  await refuseUser(host, options)
  await refuseOtherHome(manager, host)
  const { plan, listening } = await planOf(context, host, options)
  await refuseHiddenProgram(manager, plan)
  const isNew = (await manager.installedHome()) === null
  const tookOver = await takeOver({ ...context, host, runningGateway: () => connectTo(host) }, manager)
  if (isNew) await refuseTakenAddress(host, listening)
  const change = await manager.install(plan)
  const { pid, http } = await served({ ...context, host }, manager)
  const unseen = scope === 'user' ? await unseenOf(host) : []
  const { home, socket } = plan
  return { kind: manager.kind, scope, unit: manager.name, home, http, socket, pid, tookOver, change, unseen }
}

async function unseenOf(host: Host): Promise<readonly string[]> {
  const gateway = await connectTo(host)
  try {
    return unseenKeys(host.env, builtInProviders, await gateway.call('models.status', {})).map(({ name }) => name)
  } finally {
    gateway.close()
  }
}

export function unseenNote(name: string): string {
  return `note: ${name} of this shell is not seen by a service; to give it the key: printf %s "$${name}" | traseai env set ${name}`
}

/** The gateway that the service runs now; units that have not changed may have kept one of another version alive. */
async function served({ host, io }: Context, manager: ServiceManager): ReturnType<typeof gatewayStatus> {
  const status = await statusOf(host)
  if (status.version === version) return status
  io.note(`restarting the gateway, which is of version ${status.version} still`)
  await manager.restart()
  return await statusOf(host)
}

async function statusOf(host: Host): ReturnType<typeof gatewayStatus> {
  const gateway = await connectTo(host)
  try {
    return await gatewayStatus(gateway)
  } finally {
    gateway.close() // nothing else would end this process, which has loaded the daemon's bundle
  }
}

interface Planned {
  readonly plan: ServicePlan
  /** As traseai.json has it. */
  readonly listening: { readonly host: string; readonly port: number }
}

async function planOf(context: Context, host: Host, { scope, runAs, monitor }: InstallOptions): Promise<Planned> {
  const { packageRoot, loadDaemon } = context
  const { home, socket } = host.paths
  const program = join(packageRoot, 'bin', 'traseai.js')
  const { path: node } = await stableNode(host.execPath, program)
  const daemon = (await loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const listening = await daemon.readListening({ env: { ...host.env, TRASEAI_HOME: home } })
  const { drainMs } = listening
  const http = listenAddress(listening)
  return { plan: { scope, node, program, home, socket, http, runAs, monitor, drainMs }, listening }
}

/** @returns the pid of a gateway without a service manager that ran for the home, and was stopped; null when there was none */
async function takeOver(context: Context, manager: ServiceManager): Promise<number | null> {
  const state = (await manager.installedHome()) === null ? null : await manager.state()
  // Its own sockets lead to nobody while it cannot be started, as with a Node that is gone: a connection would wait.
  if (state?.onDemand === true) return null
  const gateway = await unlessUnreachable(context.runningGateway())
  if (gateway === null) return null
  const { pid, supervisor } = await gatewayStatus(gateway)
  gateway.close()
  if (pid === state?.pid) return null
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
