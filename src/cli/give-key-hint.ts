// What to type to give the gateway a key of a provider.
import { builtInProviders } from '../domain/provider-table.ts'

/** A provider of the configuration has a prefix only the gateway knows; without one, any provider serves as the example. */
export function giveKeyHint(provider?: string): string {
  const known = builtInProviders.find(({ id }) => id === provider)
  if (provider === undefined || known) return `traseai env set ${known?.envPrefix ?? 'ANTHROPIC'}_API_KEY`
  return `traseai env set <PREFIX>_API_KEY, with the envPrefix of ${provider} in traseai.json`
}
