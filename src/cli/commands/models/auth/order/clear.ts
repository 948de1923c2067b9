// `models auth order clear`: drops an agent's order of a provider's credentials.
import type { Command } from 'commander'
import type { Result } from '../../../../../protocol/contract.ts'
import type { Act, Context } from '../../../../context.ts'
import { exitStatus } from '../../../../exit-status.ts'
import { given } from '../../../../option-values.ts'
import { providerNamed } from '../../../../profile-id.ts'
import { orderOrigin } from '../../../../render/order.ts'
import { wrapNote } from '../../../../render/wrap-note.ts'

interface OrderOptions {
  readonly provider?: string
  readonly agent?: string
}

export function registerOrderClear(order: Command, act: Act): void {
  order
    .command('clear')
    .description("drop an agent's own order; what is in force then is said")
    .option('--provider <id>', 'the provider (needed)')
    .option('--agent <id>', 'of this agent (default: the default agent)')
    .action((options: OrderOptions) => act((context) => runOrderClear(context, options)))
}

export async function runOrderClear(context: Context, options: OrderOptions): Promise<number> {
  const provider = providerNamed(options, 'traseai models auth order clear')
  const gateway = await context.gateway()
  const order = await gateway.call('order.clear', { provider, ...given({ agent: options.agent }) })
  context.io.print(order, () => wrapNote(render(order, provider), context.io.width))
  return exitStatus.ok
}

function render(order: Result<'order.clear'>, provider: string): string {
  const had = order.changed ? 'no longer has an' : 'had no'
  return `agent ${order.agent} ${had} order of its own for ${provider}; now: ${orderOrigin(order)}`
}
