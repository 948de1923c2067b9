// Refuses early what could not be stored: whoever has signed in, or pasted a key, should not learn of it afterwards.
import { vaultTrouble } from '../domain/vault-trouble.ts'
import type { NewCredential } from '../vault/credential-store.ts'
import type { ControlDeps } from './deps.ts'

/**
 * A kind and an end are part of a credential, and decide nothing here.
 * @throws TraseError what `CredentialStore.add` refuses `credential` with whatever its secret is; `vault_locked`,
 * `vault_key_missing`
 */
export function checkStorable(
  { credentials, vault }: Pick<ControlDeps, 'credentials' | 'vault'>,
  credential: Pick<NewCredential, 'profileId' | 'provider' | 'agent'>,
): void {
  credentials.check({ ...credential, kind: 'token', expiresAt: null })
  const trouble = vaultTrouble(vault.status())
  if (trouble) throw trouble
}
