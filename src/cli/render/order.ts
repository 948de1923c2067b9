// The order of a provider's credentials in words: who set it, and for whom.
import type { Result } from '../../protocol/contract.ts'

type Order = Pick<Result<'order.get'>, 'agent' | 'origin' | 'inheritedFrom'>

/** `the order of agent ops`, `the order of agent main, which agent ops inherits`, `auth.order in traseai.json`, … */
export function orderOrigin({ agent, origin, inheritedFrom }: Order): string {
  if (origin === 'config') return 'auth.order in traseai.json'
  if (origin === 'default') return 'the default: stored credentials first, then environment keys by name'
  if (inheritedFrom !== undefined) return `the order of agent ${inheritedFrom}, which agent ${agent} inherits`
  return `the order of agent ${agent}`
}
