// After a change of an order: what keeps it from being the one that requests go by.
import type { Context } from '../../../../context.ts'
import { given } from '../../../../option-values.ts'

/** The override of the environment comes before every order. */
export async function saySuperseded(context: Context, provider: string, agent: string | undefined): Promise<void> {
  const gateway = await context.gateway()
  const { basis, next } = await gateway.call('credentials.resolve', { provider, ...given({ agent }) })
  if (basis !== 'live-override') return
  context.io.note(`note: ${next ?? 'the key of TRASEAI_LIVE_…_KEY'} is used all the same: it overrides every order`)
}
