// `models auth cooldown clear`: ends running cooldowns at once.
import type { Command } from 'commander'
import type { Act, Context } from '../../../../context.ts'
import { given } from '../../../../option-values.ts'
import type { CooldownOptions } from './list.ts'

export function registerCooldownClear(cooldown: Command, act: Act): void {
  cooldown
    .command('clear')
    .description('end running cooldowns at once: all, those of a provider, or that of one credential')
    .option('--provider <id>', 'only those of this provider')
    .option('--profile-id <id>', 'only those of this credential')
    .action((options: CooldownOptions) => act((context) => runCooldownClear(context, options)))
}

export async function runCooldownClear(context: Context, { provider, profileId }: CooldownOptions): Promise<number> {
  const gateway = await context.gateway()
  const outcome = await gateway.call('cooldowns.clear', given({ provider, profileId }))
  const { cleared } = outcome
  context.io.print(outcome, () =>
    cleared.length === 0 ? 'nothing was cooling down' : cleared.map((id) => `${id} is usable again`).join('\n'),
  )
  return 0
}
