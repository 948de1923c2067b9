// `gateway status`: who serves this home, since when, and whether its settings are in order.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
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
  return 0
}

function render(status: Result<'gateway.status'>, { host, io }: Context): string {
  const { paint } = io
  const { configuration, environment } = status
  const since = `${localTime(status.startedAt)} (${relativeTime(status.startedAt, host.now())})`
  const finding = (ok: boolean, problems: readonly unknown[]): string => {
    if (!ok) return paint.red('broken: the last good one stays in use')
    return problems.length === 0 ? paint.green('ok') : paint.yellow('read, with a warning')
  }
  const facts = [
    ['gateway', `${paint.green('running')}, pid ${status.pid}, version ${status.version}`],
    ['since', since],
    ['home', status.home],
    ['http', status.http ?? paint.yellow('not up')],
    ['socket', status.socket],
    ['traseai.json', finding(configuration.ok, configuration.problems)],
    ['.env', finding(environment.ok, environment.problems)],
    ['events', String(status.eventCount)],
  ] as const
  const lines = facts.map(([name, value]) => `${paint.bold(name.padEnd(12))}  ${value}`)
  const problems = [...configuration.problems, ...environment.problems].map((problem) => renderProblem(problem))
  return [...lines, ...problems.map(printableLines)].join('\n')
}

function printableLines(text: string): string {
  return text.split('\n').map(printableLine).join('\n')
}
