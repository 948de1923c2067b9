// What to type to give the gateway a key of a provider.
import { firstKeyHint } from '../domain/problem.ts'
import { builtInProviders } from '../domain/provider-table.ts'

/** A provider of the configuration has a prefix only the gateway knows; without one, any provider serves as the example. */
export function giveKeyHint(provider = 'anthropic'): string {
  return firstKeyHint(provider, builtInProviders.find(({ id }) => id === provider)?.envPrefix)
}
