// `gateway status`: who serves this home, since when, and whether its settings are in order.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
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
  const gateway = await context.runningGateway()
  const status = await gateway.call('gateway.status', {})
  context.io.print(status, () => render(status, context))
  context.remarkVersion()
  return 0
}

function render(status: Result<'gateway.status'>, { host, io }: Context): string {
  const { paint } = io
  const { configuration, environment, profilesFiles, stopping } = status
  const since = `${localTime(status.startedAt)} (${relativeTime(status.startedAt, host.now())})`
  const facts: Fact[] = [
    { name: 'gateway', value: `running, pid ${status.pid}, version ${status.version}`, style: paint.green },
    ...(stopping === null ? [] : [{ name: 'stopping', value: waitsFor(stopping), style: paint.yellow }]),
    { name: 'since', value: since },
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
