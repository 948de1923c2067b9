// `models auth list`: every credential the gateway knows.
import type { Command } from 'commander'
import type { Result } from '../../../../protocol/contract.ts'
import type { Act, Context } from '../../../context.ts'
import { giveKeyHint } from '../../../give-key-hint.ts'
import { given } from '../../../option-values.ts'
import { kindText, last4Text, paintStatus, sourceText, statusText } from '../../../render/candidate.ts'
import { renderTable, type Cell } from '../../../render/table.ts'
import { relativeTime } from '../../../render/time.ts'

interface ListOptions {
  readonly provider?: string
  readonly agent?: string
}

export function registerAuthList(auth: Command, act: Act): void {
  auth
    .command('list')
    .description('list every credential, without its secret')
    .option('--provider <id>', 'only those of this provider')
    .option('--agent <id>', 'as this agent sees them')
    .action((options: ListOptions) => act((context) => runAuthList(context, options)))
}

export async function runAuthList(context: Context, { provider, agent }: ListOptions): Promise<number> {
  const gateway = await context.gateway()
  const credentials = await gateway.call('credentials.list', given({ provider, agent }))
  context.io.print(credentials, () => (credentials.length === 0 ? none(provider) : render(credentials, context)))
  if (credentials.length === 0) context.io.note(`hint: ${giveKeyHint(provider)}`)
  return 0
}

function none(provider: string | undefined): string {
  return provider === undefined ? 'No credentials found' : `${provider} has no credentials`
}

function render(credentials: Result<'credentials.list'>, { host, io }: Context): string {
  const now = host.now()
  const areForAgents = credentials.some(({ agent }) => agent !== undefined)
  const rows = credentials.map((credential): Cell[] => [
    credential.profileId,
    ...(areForAgents ? [credential.agent ?? 'all'] : []),
    kindText(credential.kind),
    sourceText(credential.source.kind),
    last4Text(credential.last4),
    credential.lastUsedAt === undefined ? 'never' : relativeTime(credential.lastUsedAt, now),
    { text: statusText(credential, now), style: paintStatus(credential.status, io.paint) },
  ])
  const columns = [
    { title: 'CREDENTIAL' },
    ...(areForAgents ? [{ title: 'AGENT' }] : []),
    { title: 'KIND' },
    { title: 'FROM' },
    { title: 'KEY' },
    { title: 'USED' },
    { title: 'STATUS', wraps: true },
  ]
  return renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
}
