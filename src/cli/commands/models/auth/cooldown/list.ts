// `models auth cooldown list`: the cooldowns that are running now.
import type { Command } from 'commander'
import type { Result } from '../../../../../protocol/contract.ts'
import type { Act, Context } from '../../../../context.ts'
import { given } from '../../../../option-values.ts'
import { renderTable } from '../../../../render/table.ts'
import { relativeTime } from '../../../../render/time.ts'

export interface CooldownOptions {
  readonly provider?: string
  readonly profileId?: string
}

export function registerCooldownList(cooldown: Command, act: Act): void {
  cooldown
    .command('list')
    .description('list the running cooldowns')
    .option('--provider <id>', 'only those of this provider')
    .option('--profile-id <id>', 'only those of this credential')
    .action((options: CooldownOptions) => act((context) => runCooldownList(context, options)))
}

export async function runCooldownList(context: Context, { provider, profileId }: CooldownOptions): Promise<number> {
  const gateway = await context.gateway()
  const cooldowns = await gateway.call('cooldowns.list', given({ provider, profileId }))
  context.io.print(cooldowns, () => (cooldowns.length === 0 ? 'nothing is cooling down' : render(cooldowns, context)))
  return 0
}

function render(cooldowns: Result<'cooldowns.list'>, { host, io }: Context): string {
  const now = host.now()
  const rows = cooldowns.map(({ profileId, model, since, until, refusals, limitedBy, group }) => [
    limitedBy === undefined ? profileId : `${profileId}, with ${limitedBy} (group ${group})`,
    model ?? 'all',
    relativeTime(until, now),
    relativeTime(since, now),
    String(refusals),
  ])
  const columns = [
    { title: 'CREDENTIAL', wraps: true },
    { title: 'MODEL', wraps: true },
    { title: 'USABLE' },
    { title: 'SINCE' },
    { title: 'REFUSALS', right: true },
  ]
  return renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
}
