// `models list`: the models that the providers with a usable credential offer.
import type { Command } from 'commander'
import type { GatewayClient } from '../../../client/connect.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { giveKeyHint } from '../../give-key-hint.ts'
import { durationMs, given } from '../../option-values.ts'
import { printableLine } from '../../render/printable.ts'

interface ListOptions {
  readonly provider?: string
  readonly agent?: string
  readonly timeout?: number
  readonly fresh?: true
}

type Listing = Result<'models.list'>
type Model = Listing['providers'][number]['models'][number]

/** The gateway answers within `timeout`; this much more is for itself. */
const graceMs = 10_000
const timeoutMsDefault = 8_000

export function registerModelsList(models: Command, act: Act): void {
  models
    .command('list')
    .description('list the models that can be used, as provider/model')
    .option('--provider <id>', 'only those of this provider')
    .option('--agent <id>', 'as this agent sees them')
    .option('--fresh', 'ask the providers again; lists are kept for an hour')
    .option('--timeout <duration>', 'for all providers together (default 8s)', durationMs(1_000, 60_000))
    .action((options: ListOptions) => act((context) => runModelsList(context, options)))
}

export async function runModelsList(context: Context, options: ListOptions): Promise<number> {
  const { io } = context
  const { provider, agent, fresh, timeout: timeoutMs = timeoutMsDefault } = options
  const gateway = await context.gateway()
  const params = { ...given({ provider, agent, fresh }), timeoutMs }
  const listing = await gateway.call('models.list', params, { timeoutMs: timeoutMs + graceMs })
  if (io.json || hasModels(listing)) io.print(listing, () => render(listing, context))
  for (const { provider: id, note } of listing.providers) if (note !== undefined) io.note(`note: ${id}: ${note}`)
  if (listing.providers.length === 0) io.note('note: no provider has a usable credential')
  if (!hasModels(listing) && (await isKeyless(gateway, options))) io.note(`hint: ${giveKeyHint(provider)}`)
  return 0
}

/** A provider that only cannot be reached needs no further key. */
async function isKeyless(gateway: GatewayClient, { provider, agent }: ListOptions): Promise<boolean> {
  return (await gateway.call('credentials.list', given({ provider, agent }))).length === 0
}

function hasModels({ providers }: Listing): boolean {
  return providers.some(({ models }) => models.length > 0)
}

/** In a pipe names alone, for other programs. */
function render({ providers }: Listing, { io }: Context): string {
  const lines = providers.flatMap(({ provider, models }) =>
    models.map((model) => {
      const name = printableLine(`${provider}/${model.name}`)
      const said = io.width === null ? '' : marks(model)
      const gap = io.width !== null && name.length + said.length > io.width ? '\n' : ''
      return `${name}${gap}${io.paint.dim(said)}`
    }),
  )
  return lines.join('\n')
}

/** `  (default, alias sonnet)` */
function marks({ default: isDefault, aliases = [] }: Model): string {
  const words = [...(isDefault ? ['default'] : []), ...aliases.map((alias) => `alias ${alias}`)]
  return words.length === 0 ? '' : `  (${words.join(', ')})`
}
