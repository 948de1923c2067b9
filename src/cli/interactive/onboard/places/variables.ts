// Keys among named variables: of a shell, of another tool's .env, of the `env` in its settings.
import { keyVariables, splitKeys } from '../../../../domain/key-variables.ts'
import { builtInProviders } from '../../../../domain/provider-table.ts'
import type { Provider } from '../../../../domain/provider.ts'
import { isPlausible, type PlacedKey } from '../found-key.ts'

export type Variables = Readonly<Record<string, string | undefined>>

export interface VariableKey extends PlacedKey {
  readonly variable: string
}

/** Variables of single tools, which the gateway itself does not read. */
const furtherVariables: Readonly<Record<string, Pick<PlacedKey, 'provider' | 'kind'>>> = {
  // What `claude setup-token` tells people to set. docs.claude.com/en/docs/claude-code/settings
  CLAUDE_CODE_OAUTH_TOKEN: { provider: 'anthropic', kind: 'token' },
  HF_TOKEN: { provider: 'huggingface', kind: 'api_key' }, // huggingface.co/docs/huggingface_hub/package_reference/environment_variables
  CO_API_KEY: { provider: 'cohere', kind: 'api_key' },
}

export interface VariableKeys {
  readonly keys: readonly VariableKey[]
  readonly remarks: readonly string[]
}

/** In the order in which the gateway would use them. A key whose address is another one than the provider's is not its key. */
export function keysOfVariables(variables: Variables): VariableKeys {
  const keys: VariableKey[] = []
  const remarks: string[] = []
  for (const [provider, names] of keyVariables(Object.keys(variables), builtInProviders)) {
    const elsewhere = addressElsewhere(provider, variables)
    for (const { name: variable, use } of names) {
      if (use === 'live') continue // an override of today is no key to keep
      const text = variables[variable] ?? ''
      const values = (use === 'list' ? splitKeys(text) : [text.trim()]).filter(isPlausible)
      if (values.length === 0) continue
      if (elsewhere !== null)
        remarks.push(`${variable} goes with ${elsewhere}, which is not ${provider.name}: not taken`)
      else keys.push(...values.map((value) => ({ provider: provider.id, kind: 'api_key' as const, value, variable })))
    }
  }
  for (const [variable, { provider, kind }] of Object.entries(furtherVariables)) {
    const value = variables[variable]?.trim() ?? ''
    if (isPlausible(value)) keys.push({ provider, kind, value, variable })
  }
  return { keys, remarks }
}

/** The variable that sends a provider's SDK somewhere else, null when there is none. */
function addressElsewhere(provider: Provider, variables: Variables): string | null {
  const own = new URL(provider.baseUrl).host
  const names =
    provider.id === 'openai' ? [...provider.sdk.baseUrlVariables, 'OPENAI_API_BASE'] : provider.sdk.baseUrlVariables
  return names.find((name) => isElsewhere(variables[name] ?? '', own)) ?? null
}

function isElsewhere(address: string, own: string): boolean {
  return address !== '' && !(URL.canParse(address) && new URL(address).host === own)
}
