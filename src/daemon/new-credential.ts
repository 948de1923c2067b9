// Checks a credential before it is stored: an id that can be one of a stored credential, and a value that can be sent as a key.
import { isKeyVariable } from '../domain/env-keys.ts'
import { providerOf } from '../domain/ids.ts'
import { isKeyAsName } from '../domain/keys-in-text.ts'
import type { Provider } from '../domain/provider.ts'
import { findProvider } from '../domain/provider-table.ts'
import { TraseError } from '../errors.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { NewCredential } from '../vault/credential-store.ts'
import { unfitBecause } from '../vault/secret-operations.ts'
import type { Secret } from '../vault/secret.ts'

/**
 * The credential as it is stored: the default agent's are for all.
 * @throws TraseError `not_found` (the provider), `usage` for an id of another provider, one that the environment uses, or a key
 */
export function checkedCredential(
  credential: NewCredential,
  providers: readonly Provider[],
  { agents }: Configuration,
): NewCredential {
  const { profileId, provider, agent } = credential
  refuseKeyAsName(profileId, agent)
  findProvider(providers, provider)
  if (providerOf(profileId) !== provider) {
    throw new TraseError('usage', `credential "${profileId}" is for ${providerOf(profileId)}, not ${provider}`)
  }
  if (isOfEnvironment(profileId, providers)) {
    const name = variableOf(profileId)
    throw new TraseError('usage', `"${profileId}" is the id of the key in the variable ${name}`, {
      hint: `choose another name, such as ${provider}:work, or set the variable: traseai env set ${name}`,
    })
  }
  return { ...credential, agent: agent === agents.default ? null : agent }
}

/** Never with the name. @throws TraseError `usage` */
function refuseKeyAsName(profileId: string, agent: string | null): void {
  const what = isKeyAsName(profileId) ? 'credential' : agent !== null && isKeyAsName(agent) ? 'agent' : null
  if (what === null) return
  throw new TraseError('usage', `the name of the ${what} could be a key`, {
    hint: 'names are shown and kept in the history: choose one such as work',
  })
}

/** True for the id that a key of the environment has, or would have. */
export function isOfEnvironment(profileId: string, providers: readonly Provider[]): boolean {
  return isKeyVariable(variableOf(profileId), providers)
}

/** @throws TraseError `value_refused`, without the value */
export function checkValue(secret: Secret): void {
  const reason = unfitBecause(secret)
  if (reason !== null) throw new TraseError('value_refused', `the value ${reason}`, { hint: 'copy the key again' })
}

/** `OPENAI_API_KEYS` of `openai:OPENAI_API_KEYS#a1b2c3`. */
function variableOf(profileId: string): string {
  return profileId.slice(profileId.indexOf(':') + 1).replace(/#.*$/, '')
}
