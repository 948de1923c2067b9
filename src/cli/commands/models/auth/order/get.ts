// `models auth order get`: the order of a provider's credentials, and where it comes from.
import type { Command } from 'commander'
import type { Act, Context } from '../../../../context.ts'
import { giveKeyHint } from '../../../../give-key-hint.ts'
import { given } from '../../../../option-values.ts'
import { providerNamed } from '../../../../profile-id.ts'
import { orderOrigin } from '../../../../render/order.ts'

interface OrderOptions {
  readonly provider?: string
  readonly agent?: string
}

export function registerOrderGet(order: Command, act: Act): void {
  order
    .command('get')
    .description("print the order of a provider's credentials, one a line")
    .option('--provider <id>', 'the provider (needed)')
    .option('--agent <id>', 'for this agent')
    .action((options: OrderOptions) => act((context) => runOrderGet(context, options)))
}

export async function runOrderGet(context: Context, options: OrderOptions): Promise<number> {
  const { agent } = options
  const provider = providerNamed(options, 'traseai models auth order get')
  const gateway = await context.gateway()
  const order = await gateway.call('order.get', { provider, ...given({ agent }) })
  // Only ids on stdout, so that they can be piped into what sets an order.
  if (context.io.json || order.profileIds.length > 0) context.io.print(order, () => order.profileIds.join('\n'))
  if (order.profileIds.length === 0) {
    context.io.note(`${provider} has no credentials`)
    context.io.note(`hint: ${giveKeyHint(provider)}`)
    return 0
  }
  context.io.note(`order: ${orderOrigin(order)}`)
  const there = await gateway.call('credentials.list', { provider, ...given({ agent }) })
  for (const id of order.profileIds.filter((listed) => !there.some(({ profileId }) => profileId === listed))) {
    context.io.note(`note: there is no credential ${id}`)
  }
  return 0
}
