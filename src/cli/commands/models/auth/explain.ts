// `models auth explain`: the candidates of a provider in the order a request would try them, with the reason for each.
import type { Command } from 'commander'
import type { SelectionBasis } from '../../../../domain/selection.ts'
import type { Result } from '../../../../protocol/contract.ts'
import type { Act, Context } from '../../../context.ts'
import { given } from '../../../option-values.ts'
import { paintStatus, statusText } from '../../../render/candidate.ts'
import { printableLine } from '../../../render/printable.ts'
import { renderTable, type Cell } from '../../../render/table.ts'

interface ExplainOptions {
  readonly provider: string
  readonly agent?: string
  readonly session?: string
  readonly model?: string
}

export function registerAuthExplain(auth: Command, act: Act): void {
  auth
    .command('explain')
    .description('say which credential a request would get now, and why')
    .requiredOption('--provider <id>', 'the provider')
    .option('--agent <id>', 'for this agent')
    .option('--session <id>', 'for this session: its pin, and the credential it got last')
    .option('--model <name>', 'for this model: its cooldowns')
    .action((options: ExplainOptions) => act((context) => runAuthExplain(context, options)))
}

export async function runAuthExplain(context: Context, options: ExplainOptions): Promise<number> {
  const { provider, agent, session, model } = options
  const gateway = await context.gateway()
  const resolved = await gateway.call('credentials.resolve', { provider, ...given({ agent, session, model }) })
  context.io.print(resolved, () => render(resolved, provider, context))
  return 0
}

/** What set the order, in words; one that is not here yet names itself. */
const basisWords = {
  'request-pin': 'the credential the request asks for',
  'session-pin': "the session's pin",
  'live-override': 'TRASEAI_LIVE_…_KEY is set: nothing else is tried',
  'agent-order': "the agent's own order",
  'config-order': 'auth.order in traseai.json',
  default: 'the default: stored credentials first, then environment keys by name',
} as const satisfies Record<SelectionBasis, string>

function basisText(basis: string): string {
  return Object.hasOwn(basisWords, basis) ? basisWords[basis as SelectionBasis] : basis
}

function render(
  { basis, candidates, next }: Result<'credentials.resolve'>,
  provider: string,
  context: Context,
): string {
  const { host, io } = context
  if (candidates.length === 0) return `${provider} has no credentials`
  const rows = candidates.map((candidate, index): Cell[] => [
    String(index + 1),
    { text: candidate.profileId, style: candidate.profileId === next ? io.paint.bold : (text) => text },
    { text: statusText({ ...candidate, reason: null }, host.now()), style: paintStatus(candidate.status, io.paint) },
    candidate.reason ?? '',
  ])
  const columns = [
    { title: '#', right: true },
    { title: 'CREDENTIAL' },
    { title: 'STATUS', wraps: true },
    { title: 'REASON', wraps: true },
  ]
  const table = renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
  const closing = next === null ? io.paint.red('none is usable now') : `next: ${next}`
  return `${table}\norder: ${printableLine(basisText(basis))}\n${closing}`
}
