// The order of a provider's credentials in words: who set it, and for whom.
import type { Result } from '../../protocol/contract.ts'

type Order = Pick<Result<'order.get'>, 'origin' | 'inheritedFrom'>

/** `the order of agent ops`, `inherited from agent main`, `auth.order in traseai.json`, … */
export function orderOrigin({ origin, inheritedFrom }: Order, agent: string | undefined): string {
  if (origin === 'config') return 'auth.order in traseai.json'
  if (origin === 'default') return 'the default: stored credentials first, then environment keys by name'
  if (inheritedFrom !== undefined) return `inherited from agent ${inheritedFrom}, which has an order of its own`
  return agent === undefined ? "the agent's own order" : `the order of agent ${agent}`
}
