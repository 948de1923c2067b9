// Makes steps of keys: where each is kept, and under which name.
import { builtInProviders } from '../../../domain/provider-table.ts'
import type { OnboardOptions } from '../../interactive-bundle.ts'
import { freeVariable, type Offer } from './offers.ts'
import { typed, type Step } from './steps.ts'
import type { FoundKey } from './found-key.ts'

export type Store = OnboardOptions['store']

/** The steps that keep these keys. A token cannot be in .env, whose keys are API keys: it goes to the vault. */
export function keepingSteps(offers: readonly Offer[], store: Store, variables: ReadonlySet<string>): Step[] {
  const taken = new Set(variables)
  return offers.map(({ key, profileId, replaces }): Step => {
    const { provider, kind, value } = key
    const prefix = builtInProviders.find(({ id }) => id === provider)?.envPrefix
    if (store === 'vault' || kind === 'token' || prefix === undefined) {
      return { do: 'store', profileId, provider, kind, value, from: placesOf(key), replaces }
    }
    const variable = freeVariable(prefix, taken)
    taken.add(variable)
    return { do: 'write', variable, provider, kind, value, from: placesOf(key) }
  })
}

/** The places of a key, for people. */
export function placesOf({ origins }: FoundKey): string {
  return origins.map(({ place }) => place).join(' and ')
}

/** A key that a person has typed, as if it had been found. */
export function typedKey(provider: string, kind: FoundKey['kind'], value: string): FoundKey {
  return { provider, kind, value, origins: [{ tool: 'given', place: typed }] }
}
