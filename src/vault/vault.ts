// The port to the vault: what the daemon may ask of it. Opened by open-vault.ts.
import type { KeeperKind } from '../domain/events.ts'
import type { Fingerprint, ProfileId } from '../domain/ids.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import type { Secret } from './secret.ts'

export interface VaultStatus {
  /** `empty` before the first secret; `missing` when the key is not where it is kept, or is another one. */
  readonly state: 'empty' | 'unlocked' | 'locked' | 'missing'
  /** Who keeps the master key, or would keep the first one. */
  readonly keeper: KeeperKind
  /** Where that is, in words: a path, the name of a credential. */
  readonly place: string
  readonly keyId: string | null
  /** Why it is not unlocked, and what to do. */
  readonly reason: string | null
  readonly hint: string | null
}

export interface Vault {
  status(): VaultStatus
  /**
   * Seals a secret for a credential; makes the master key before the first one.
   * @throws TraseError `vault_locked`, `vault_key_missing`, `cannot_create`, `disk_full`
   */
  seal(profileId: ProfileId, fingerprint: Fingerprint, secret: Secret): Promise<SealedSecret>
  /** The secret in the clear, owned by the caller. @throws TraseError `vault_locked`, `vault_key_missing`, `vault_damaged` */
  unseal(sealed: SealedSecret): Secret
  /** @throws TraseError `value_refused` for a wrong passphrase, `usage` when no passphrase keeps the key */
  unlock(passphrase: Secret): Promise<void>
  /** Calls back when it was unlocked later than at its opening; returns the way to stop. */
  onUnlocked(listener: () => void): () => void
  close(): void
}
