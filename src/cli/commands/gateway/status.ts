// `gateway status`: who serves this home, since when, and whether its settings are in order.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { ServiceManager, ServiceState } from '../../../service/init-system.ts'
import type { Act, Context } from '../../context.ts'
import { installedService } from '../../installed.ts'
import { gatewayStatus } from '../../gateway-status.ts'
import { renderFacts, type Fact } from '../../render/facts.ts'
import type { Paint } from '../../render/paint.ts'
import { renderProblem } from '../../render/problem.ts'
import { printableLine } from '../../render/printable.ts'
import { localTime, relativeTime } from '../../render/time.ts'

export function registerGatewayStatus(gateway: Command, act: Act): void {
  gateway
    .command('status')
    .description('say who serves this home; exit status 69 when nobody does (never starts a gateway)')
    .action(() => act(runGatewayStatus))
}

export async function runGatewayStatus(context: Context): Promise<number> {
  const manager = await installedService(context)
  const state = (await manager?.state()) ?? null
  // A connection to sockets that the service manager holds would start the gateway.
  if (manager !== null && state?.onDemand === true) throw notRunning(manager, state)
  const gateway = await context.runningGateway().catch((error: unknown) => {
    throw manager !== null && state !== null && isUnreachable(error) ? notRunning(manager, state, error) : error
  })
  const status = await gatewayStatus(gateway)
  const service: Service | null = manager &&
    state && { kind: manager.kind, scope: manager.scope, name: manager.name, ...state }
  context.io.print({ ...status, service }, () => render(status, service, context))
  context.remarkVersion()
  return 0
}

interface Service extends Pick<ServiceManager, 'kind' | 'scope' | 'name'>, ServiceState {}

function notRunning({ kind, name }: ServiceManager, { activity, why }: ServiceState, cause?: unknown): TraseError {
  const reason = why === null ? '' : `: ${why}`
  return new TraseError('gateway_unreachable', `${name} (${kind}) ${activityWords[activity]}${reason}`, {
    ...(why === null ? {} : { hint: 'see more: traseai gateway logs; when it is mended: traseai gateway start' }),
    data: { activity, why },
    cause,
  })
}

const activityWords: Readonly<Record<ServiceState['activity'], string>> = {
  running: 'runs, but does not answer',
  starting: 'is starting',
  stopping: 'is stopping',
  stopped: 'is stopped',
  failed: 'has failed',
}

function isUnreachable(error: unknown): boolean {
  return error instanceof TraseError && error.code === 'gateway_unreachable'
}

function render(
  status: Result<'gateway.status'>,
  service: Service | null,
  { host, io }: Pick<Context, 'host' | 'io'>,
): string {
  const { paint } = io
  const { configuration, environment, profilesFiles, stopping } = status
  const since = `${localTime(status.startedAt)} (${relativeTime(status.startedAt, host.now())})`
  const facts: Fact[] = [
    { name: 'gateway', value: `running, pid ${status.pid}, version ${status.version}`, style: paint.green },
    ...(stopping === null ? [] : [{ name: 'stopping', value: waitsFor(stopping), style: paint.yellow }]),
    { name: 'since', value: since },
    ...serviceFacts(status, service, paint),
    { name: 'home', value: printableLine(status.home) },
    status.http === null
      ? { name: 'http', value: 'not up', style: paint.yellow }
      : { name: 'http', value: status.http },
    { name: 'socket', value: printableLine(status.socket) },
    { name: 'traseai.json', ...finding(configuration, paint) },
    { name: '.env', ...finding(environment, paint) },
    ...(profilesFiles.ok
      ? []
      : [{ name: 'auth-profiles.json', value: 'not all is taken up or shown', style: paint.yellow }]),
    { name: 'events', value: String(status.eventCount) },
  ]
  const problems = [...configuration.problems, ...environment.problems, ...profilesFiles.problems].map((problem) =>
    renderProblem(problem),
  )
  return [renderFacts(facts, { width: io.width, styleName: paint.bold }), ...problems.map(printableLines)].join('\n')
}

/** A gateway that was started by hand keeps the service from its home. */
function serviceFacts({ supervisor }: Result<'gateway.status'>, service: Service | null, paint: Paint): Fact[] {
  const runs =
    supervisor === null ? null : `${supervisor.kind} (${supervisor.scope}), as ${supervisor.unit ?? 'a service'}`
  if (service === null) return runs === null ? [] : [{ name: 'run by', value: runs }]
  if (runs === null) {
    const value = `${service.name} is installed, but does not run this gateway: traseai gateway restart`
    return [{ name: 'run by', value, style: paint.yellow }]
  }
  const { enabled, status } = service
  return [
    enabled
      ? { name: 'run by', value: `${runs}; starts by itself` }
      : { name: 'run by', value: `${runs}; does not start by itself: traseai gateway install`, style: paint.yellow },
    ...(status === null ? [] : [{ name: 'says', value: printableLine(status) }]),
  ]
}

function waitsFor({ requests, until }: NonNullable<Result<'gateway.status'>['stopping']>): string {
  return `${requests === 1 ? '1 request is' : `${requests} requests are`} under way, until ${localTime(until)}`
}

type Settings = Result<'gateway.status'>['configuration']

function finding({ ok, problems }: Settings, paint: Paint): Pick<Fact, 'value' | 'style'> {
  if (!ok) return { value: 'broken: the last good one stays in use', style: paint.red }
  return problems.length === 0
    ? { value: 'ok', style: paint.green }
    : { value: 'read, with a warning', style: paint.yellow }
}

function printableLines(text: string): string {
  return text.split('\n').map(printableLine).join('\n')
}
