// `models auth order get`: the order of a provider's credentials, and where it comes from.
import type { Command } from 'commander'
import type { Result } from '../../../../../protocol/contract.ts'
import type { Act, Context } from '../../../../context.ts'
import { given } from '../../../../option-values.ts'

interface OrderOptions {
  readonly provider: string
  readonly agent?: string
}

/** What set the order, in words. */
const origins = {
  agent: "the agent's own order",
  config: 'auth.order in traseai.json',
  default: 'the default: stored credentials first, then environment keys by name',
} as const satisfies Record<Result<'order.get'>['origin'], string>

export function registerOrderGet(order: Command, act: Act): void {
  order
    .command('get')
    .description("print the order of a provider's credentials, one a line")
    .requiredOption('--provider <id>', 'the provider')
    .option('--agent <id>', 'for this agent')
    .action((options: OrderOptions) => act((context) => runOrderGet(context, options)))
}

export async function runOrderGet(context: Context, { provider, agent }: OrderOptions): Promise<number> {
  const gateway = await context.gateway()
  const order = await gateway.call('order.get', { provider, ...given({ agent }) })
  // Only ids on stdout, so that they can be piped into what sets an order.
  if (context.io.json || order.profileIds.length > 0) context.io.print(order, () => order.profileIds.join('\n'))
  context.io.note(order.profileIds.length > 0 ? `order: ${origins[order.origin]}` : `${provider} has no credentials`)
  return 0
}
