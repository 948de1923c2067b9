// The environment in which an unchanged SDK talks to the gateway: addresses and a token instead of keys.
import { isKeyVariable } from '../domain/env-keys.ts'
import type { Provider } from '../domain/provider.ts'
import { builtInProviders } from '../domain/provider-table.ts'
import { TraseError } from '../errors.ts'
import type { Environment } from '../host.ts'
import type { Result } from '../protocol/contract.ts'
import type { GatewayClient } from '../client/connect.ts'
import { giveKeyHint } from './give-key-hint.ts'

export interface ClientEnvironment {
  readonly set: ReadonlyMap<string, string>
  /** Names to remove: the program must have no way round the gateway. */
  readonly remove: readonly string[]
}

/** Further variables from which SDKs and tools take a credential, beside those that hold a provider's API keys. */
const otherCredentialVariables: ReadonlySet<string> = new Set([
  'ANTHROPIC_AUTH_TOKEN', // docs.claude.com/en/docs/claude-code/settings
  'CLAUDE_CODE_OAUTH_TOKEN',
  ...builtInProviders.flatMap(({ sdk }) => sdk.keyVariables),
])

export interface ClientEnvironmentInput {
  readonly env: Environment
  readonly providers: readonly Provider[]
  /** `http://host:port` of the gateway. */
  readonly http: string
  readonly token: string
  /** What the names of key variables begin with, those of providers that only the configuration knows included. */
  readonly keyPrefixes: readonly string[]
}

export function clientEnvironment(input: ClientEnvironmentInput): ClientEnvironment {
  const { env, providers, http, token } = input
  const set = new Map([
    ...providers.flatMap(({ id, sdk }) => [
      ...sdk.baseUrlVariables.map((name): [string, string] => [name, `${http}/${id}${sdk.path}`]),
      ...sdk.keyVariables.map((name): [string, string] => [name, token]),
    ]),
    // The one address for all providers; the OpenAI SDK's own variables stay those of OpenAI.
    ['TRASEAI_BASE_URL', `${http}/v1`] as const,
    ['TRASEAI_API_KEY', token] as const,
  ])
  const isKey = (name: string): boolean =>
    input.keyPrefixes.some((prefix) => isKeyOf(prefix, name)) ||
    otherCredentialVariables.has(name) ||
    /^TRASEAI_LIVE_.+_KEY$/.test(name) ||
    isKeyVariable(name, builtInProviders)
  const remove = Object.keys(env).filter((name) => env[name] !== undefined && !set.has(name) && isKey(name))
  return { set, remove }
}

/** `P_API_KEY`, `P_API_KEYS`, `P_API_KEY_…`. */
function isKeyOf(prefix: string, name: string): boolean {
  const single = `${prefix}_API_KEY`
  return name === single || name === `${single}S` || name.startsWith(`${single}_`)
}

/**
 * The providers a program gets addresses for: those asked for, else all that have a credential and an SDK that reads its
 * address from a variable.
 * @param wanted known providers, as `knownProviders` has them
 * @throws TraseError `usage` for one without such an SDK, `no_credentials`
 */
export function chosenProviders(wanted: readonly string[], report: Result<'models.status'>): readonly Provider[] {
  const withCredential = new Set(
    report.providers.filter(({ candidates }) => candidates.length > 0).map(({ provider }) => provider),
  )
  if (wanted.length > 0) return wanted.map((id) => chosenProvider(id, withCredential, report))
  const chosen = builtInProviders.filter(({ id, sdk }) => withCredential.has(id) && sdk.baseUrlVariables.length > 0)
  if (chosen.length === 0) {
    if (withCredential.size === 0) {
      throw new TraseError('no_credentials', 'no provider has a credential', { hint: giveKeyHint() })
    }
    throw new TraseError(
      'no_credentials',
      `no SDK reads the address of ${[...withCredential].join(', ')} from a variable`,
      {
        hint: 'give the program the base URL and a token: traseai clients issue <name>',
      },
    )
  }
  return chosen
}

/** The same ids. Only the gateway knows the providers of the configuration. @throws TraseError `not_found` for an unknown one */
export async function knownProviders(gateway: GatewayClient, wanted: readonly string[]): Promise<readonly string[]> {
  for (const provider of wanted) await gateway.call('order.get', { provider })
  return wanted
}

function chosenProvider(id: string, withCredential: ReadonlySet<string>, report: Result<'models.status'>): Provider {
  const provider = builtInProviders.find((known) => known.id === id)
  if (!withCredential.has(id)) {
    throw new TraseError('no_credentials', `${id} has no credential`, { hint: giveKeyHint(id) })
  }
  if (provider && provider.sdk.baseUrlVariables.length > 0) return provider
  const http = report.gateway.http ?? 'http://127.0.0.1:7717'
  throw new TraseError('usage', `no SDK reads the address of ${id} from a variable`, {
    hint: `give the program the base URL ${http}/${id}${provider?.sdk.path ?? ''} and a token: traseai clients issue <name>`,
  })
}

/** The gateway's address. @throws TraseError `gateway_unreachable` when its HTTP side is not up */
export function httpOf(report: Result<'models.status'>): string {
  if (report.gateway.http !== null) return report.gateway.http
  throw new TraseError('gateway_unreachable', 'the gateway runs, but its HTTP side is not up', {
    hint: 'see why: traseai gateway status',
  })
}
