// `models status`: every provider's credentials in order, with --check the exit status for a monitor, with --probe what providers say.
import type { Command } from 'commander'
import { builtInProviders } from '../../../domain/provider-table.ts'
import type { GatewayClient } from '../../../client/connect.ts'
import { TraseError } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { addHelpNote } from '../../help-note.ts'
import { durationMs, given } from '../../option-values.ts'
import { openProgress } from '../../progress.ts'
import { outcomeWords } from '../../render/probe.ts'
import { renderStatusReport } from '../../render/status-report.ts'
import { unseenKeys, type UnseenKey } from '../../unseen-keys.ts'
import { monitored, toldNobodyStatus } from './monitor.ts'

type Report = Result<'models.status'>

interface StatusOptions {
  readonly check?: true
  readonly agent?: string
  readonly probe?: true
  readonly probeTimeout?: number
  readonly notify?: true
}

const probeMsDefault = 8_000
/** The gateway answers within the time for probes; this much more is for itself. */
const graceMs = 10_000

export function registerModelsStatus(models: Command, act: Act): void {
  const status = models
    .command('status')
    .description("show each provider's credentials in the order they are used")
    .option('--check', 'exit 1 when a credential is expired or missing, 2 when one is expiring, else 0')
    .option('--notify', 'with --check: tell over the channels of notify in traseai.json, also that the gateway is down')
    .option('--probe', 'try each credential against a free endpoint of its provider; nothing changes by it')
    .option('--probe-timeout <duration>', 'for all probes together (default 8s)', durationMs(1_000, 60_000))
    .option('--agent <id>', 'as this agent sees them')
    .action((options: StatusOptions) => act((context) => runModelsStatus(context, options)))
  addHelpNote(status, [
    'With --notify no gateway is started, the exit status is 69 when none runs, and 75 when there was something to tell and no channel took it.',
  ])
}

export async function runModelsStatus(context: Context, options: StatusOptions): Promise<number> {
  if (options.probeTimeout !== undefined && !options.probe) {
    throw new TraseError('usage', '--probe-timeout is for --probe', { hint: 'traseai models status --probe' })
  }
  if (options.notify && !options.check) {
    throw new TraseError('usage', '--notify is for --check', { hint: 'traseai models status --check --notify' })
  }
  if (options.notify) return runMonitored(context, options)
  return show(context, options, await ask(context, await context.gateway(), options))
}

function ask(context: Context, gateway: GatewayClient, options: StatusOptions): Promise<Report> {
  if (options.probe) return probedReport(context, gateway, options)
  return gateway.call('models.status', given({ agent: options.agent }))
}

async function runMonitored(context: Context, options: StatusOptions): Promise<number> {
  const { answer, toldNobody } = await monitored(context, (gateway) => ask(context, gateway, options))
  if (!(answer instanceof TraseError)) {
    const status = show(context, options, answer)
    return toldNobody ? toldNobodyStatus : status
  }
  if (!toldNobody) throw answer
  context.io.note(`note: ${answer.message}`)
  return toldNobodyStatus
}

function show(context: Context, options: StatusOptions, report: Report): number {
  const { host, io } = context
  io.print(report, () =>
    renderStatusReport(report, { now: host.now(), width: io.width, paint: io.paint, check: options.check ?? false }),
  )
  context.remarkVersion()
  for (const key of unseenKeys(host.env, builtInProviders, report)) tellUnseen(context, key)
  return options.check ? report.check.exitCode : 0
}

async function probedReport(
  { host, io }: Context,
  gateway: GatewayClient,
  { agent, probeTimeout: timeoutMs = probeMsDefault }: StatusOptions,
): Promise<Report> {
  const progress = openProgress(io, host.env)
  let probed = 0
  gateway.onNotification('models.probed', ({ profileId, outcome }) => {
    probed += 1
    progress.show(`probed ${probed}: ${profileId} ${outcomeWords(outcome)}`)
  })
  progress.show('probing …')
  try {
    const params = { ...given({ agent }), probe: true, timeoutMs }
    return await gateway.call('models.status', params, { timeoutMs: timeoutMs + graceMs })
  } finally {
    progress.end()
  }
}

function tellUnseen({ host, io }: Context, { name, why }: UnseenKey): void {
  const problem =
    why === 'unseen'
      ? 'is set in your shell, but the gateway does not see it'
      : 'has another value in your shell than in the gateway'
  io.note(`note: ${name} ${problem}`)
  io.note(`hint: printf %s "$${name}" | traseai env set ${name}   (or write it to ${host.paths.envFile})`)
}
