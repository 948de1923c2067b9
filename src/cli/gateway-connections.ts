// The connections of one command to its gateway: made when first needed, starting a gateway only where that is allowed.
import { join } from 'node:path'
import { connectGateway, type GatewayClient } from '../client/connect.ts'
import { connectOrStart } from '../client/start-gateway.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ServiceManager } from '../service/init-system.ts'
import { mayAutostart } from './autostart-setting.ts'
import type { Context } from './context.ts'
import { installedService, meantMachine, serviceTrouble, type ServiceContext } from './installed.ts'
import type { Io } from './io.ts'
import { giveUpWhenSilent } from './silent-gateway.ts'

export interface ConnectionOptions extends ServiceContext {
  readonly io: Io
  /** False for --no-start. */
  readonly mayStart: boolean
}

export interface GatewayConnections extends Pick<Context, 'gateway' | 'runningGateway' | 'startGateway'> {
  /** Of the gateway that was asked last, if it is still there; see `GatewayClient.otherVersion`. */
  otherVersion(): string | null
  /** Ends them all: a process that has loaded the daemon's bundle ends when nothing holds it any more. */
  close(): void
  /**
   * A connection that was lost, or that nobody answered, because the service that a connection starts could not be started: the reason in
   * its place. A gateway that root does not find where the machine has one: with a word of that. Anything else comes back as it is.
   */
  lossOf(error: unknown): Promise<unknown>
}

export function openGatewayConnections(options: ConnectionOptions): GatewayConnections {
  const { host, io, packageRoot, mayStart } = options
  let shared: Promise<GatewayClient> | null = null
  let newest: GatewayClient | null = null
  const open = new Set<GatewayClient>()

  /** One that was stopped is no more. */
  function follow(client: GatewayClient): GatewayClient {
    newest = client
    open.add(client)
    void client.ended.then(() => forget(client))
    giveUpWhenSilent(client, options)
    return client
  }

  function forget(client: GatewayClient): void {
    open.delete(client)
    if (newest === client) newest = null
  }

  async function runningGateway(): Promise<GatewayClient> {
    return follow(await connectGateway({ socketPath: host.paths.socket, platform: host.platform, kind: 'cli' }))
  }

  async function startGateway(): Promise<{ gateway: GatewayClient; started: boolean }> {
    const service = await installedService(options)
    if (service !== null) return await startService(service)
    const { client, started } = await connectOrStart({
      host,
      daemonCommand: daemonCommand(host, packageRoot),
      autostart: true,
      announce: (message) => io.note(message),
      kind: 'cli',
    })
    return { gateway: follow(client), started }
  }

  /** Never a second one in the background, which would keep the service from its home. */
  async function startService(service: ServiceManager): Promise<{ gateway: GatewayClient; started: boolean }> {
    const { activity, onDemand = false } = await service.state()
    // A gateway in the background may still have the home, but not while the service manager holds its socket.
    const running = activity === 'running' || !onDemand ? await unlessUnreachable(runningGateway()) : null
    if (running !== null) return { gateway: running, started: false }
    io.note(`starting the gateway by ${service.kind} (${service.name})`)
    await service.start()
    return { gateway: await runningGateway(), started: true }
  }

  async function connect(): Promise<GatewayClient> {
    const running = await unlessUnreachable(runningGateway())
    if (running) return running
    if (!mayStart || !(await mayAutostart(host.paths.configuration))) {
      throw (await serviceTrouble(options)) ?? unreachable(host)
    }
    return (await startGateway()).gateway
  }

  return {
    gateway: () => (shared ??= connect()),
    runningGateway,
    startGateway,
    otherVersion: () => newest?.otherVersion() ?? null,
    close() {
      for (const client of open) client.close()
    },
    lossOf: async (error) =>
      (isLoss(error) ? await serviceTrouble(options) : await meantMachine(options, error)) ?? error,
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof TraseError && (error.code === 'connection_lost' || error.code === 'timeout')
}

/** Null in place of `gateway_unreachable`. */
export async function unlessUnreachable(connecting: Promise<GatewayClient>): Promise<GatewayClient | null> {
  try {
    return await connecting
  } catch (error) {
    if (error instanceof TraseError && error.code === 'gateway_unreachable') return null
    throw error
  }
}

/** With --json a gateway that cannot start says why as one line of JSON, which `connectOrStart` reads. */
function daemonCommand(host: Host, packageRoot: string): { execPath: string; args: string[] } {
  const program = join(packageRoot, 'bin', 'traseai.js')
  return { execPath: host.execPath, args: [program, 'gateway', 'run', '--background', '--json'] }
}

function unreachable(host: Host): TraseError {
  return new TraseError('gateway_unreachable', `no gateway answers at ${host.paths.socket}`)
}
