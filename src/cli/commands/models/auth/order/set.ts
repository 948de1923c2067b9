// `models auth order set`: which credentials of a provider an agent uses, in which order.
import type { Command } from 'commander'
import { TraseError } from '../../../../../errors.ts'
import type { Result } from '../../../../../protocol/contract.ts'
import type { Act, Context } from '../../../../context.ts'
import { exitStatus } from '../../../../exit-status.ts'
import { given, listOf } from '../../../../option-values.ts'
import { fullProfileId, providerNamed } from '../../../../profile-id.ts'
import { wrapNote } from '../../../../render/wrap-note.ts'
import { saySuperseded } from './superseded.ts'

interface OrderOptions {
  readonly provider?: string
  readonly agent?: string
}

export function registerOrderSet(order: Command, act: Act): void {
  order
    .command('set')
    .description('use the listed credentials of a provider, in this order, and no others')
    .argument('[ids...]', 'credentials, such as anthropic:work or just work', listOf)
    .option('--provider <id>', 'the provider (needed)')
    .option('--agent <id>', 'for this agent (default: the default agent, and those without an order of their own)')
    .action((ids: readonly string[] | undefined, options: OrderOptions) =>
      act((context) => runOrderSet(context, ids ?? [], options)),
    )
}

export async function runOrderSet(context: Context, ids: readonly string[], options: OrderOptions): Promise<number> {
  const provider = providerNamed(options, 'traseai models auth order set')
  const agent = given({ agent: options.agent })
  const gateway = await context.gateway()
  if (ids.length === 0) throw await noneNamed(context, provider, options)
  const profileIds = ids.map((id) => fullProfileId(id, provider))
  const order = await gateway.call('order.set', { provider, ...agent, profileIds })
  context.io.print(order, () => wrapNote(render(order, provider), context.io.width))
  await saySuperseded(context, provider, options.agent)
  return exitStatus.ok
}

function render({ agent, changed, profileIds }: Result<'order.set'>, provider: string): string {
  const listed = profileIds.join(', ')
  return changed ? `agent ${agent} uses ${listed}` : `nothing changed: agent ${agent} uses ${listed} for ${provider}`
}

/** An order without members would leave the agent without a credential; what there is helps to choose. */
async function noneNamed(context: Context, provider: string, { agent }: OrderOptions): Promise<TraseError> {
  const known = await (await context.gateway()).call('credentials.list', { provider, ...given({ agent }) })
  const ids = known.map(({ profileId }) => profileId).join(' ')
  const hint =
    known.length === 0
      ? `${provider} has no credentials`
      : `traseai models auth order set --provider ${provider} ${ids}   (these are all there are)`
  return new TraseError('usage', 'which credentials, in which order?', { hint })
}
