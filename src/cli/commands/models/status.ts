// `models status`: every provider's credentials in order, and with --check the exit status for a monitor.
import type { Command } from 'commander'
import { builtInProviders } from '../../../domain/provider-table.ts'
import type { Act, Context } from '../../context.ts'
import { renderStatusReport } from '../../render/status-report.ts'
import { unseenKeys, type UnseenKey } from '../../unseen-keys.ts'

interface StatusOptions {
  readonly check?: true
  readonly agent?: string
}

export function registerModelsStatus(models: Command, act: Act): void {
  models
    .command('status')
    .description("show each provider's credentials in the order they are used")
    .option('--check', 'exit 1 when a credential is expired or missing, 2 when one is expiring, else 0')
    .option('--agent <id>', 'as this agent sees them')
    .action((options: StatusOptions) => act((context) => runModelsStatus(context, options)))
}

export async function runModelsStatus(context: Context, options: StatusOptions): Promise<number> {
  const { host, io } = context
  const gateway = await context.gateway()
  const report = await gateway.call('models.status', options.agent === undefined ? {} : { agent: options.agent })
  io.print(report, () =>
    renderStatusReport(report, { now: host.now(), width: io.width, paint: io.paint, check: options.check ?? false }),
  )
  for (const key of unseenKeys(host.env, builtInProviders, report)) tellUnseen(context, key)
  return options.check ? report.check.exitCode : 0
}

function tellUnseen({ host, io }: Context, { name, why }: UnseenKey): void {
  const problem =
    why === 'unseen'
      ? 'is set in your shell, but the gateway does not see it'
      : 'has another value in your shell than in the gateway'
  io.note(`note: ${name} ${problem}`)
  io.note(`hint: printf %s "$${name}" | traseai env set ${name}   (or write it to ${host.paths.envFile})`)
}
