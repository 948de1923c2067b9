// The port to the vault: what the daemon may ask of it. Opened by open-vault.ts.
import type { KeeperKind } from '../domain/events.ts'
import type { Fingerprint, ProfileId } from '../domain/ids.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import type { MasterKey } from './master-key.ts'
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
  /** Who would keep the key that a `rekey` without a keeper makes. */
  readonly rekeyKeeper: KeeperKind
  /** Where the keeper `passphrase` reads it; null when somebody has to tell it. */
  readonly passphrasePlace: string | null
  /** What the settings say otherwise, and what to do about it; empty when all is as configured. */
  readonly notes: readonly string[]
}

export interface RekeyRequest {
  /** Who keeps the new key; the present keeper, or the configured one, when nobody says. */
  readonly keeper?: KeeperKind | undefined
  /** The new passphrase, where nobody keeps it for the keeper `passphrase`. */
  readonly passphrase?: Secret | undefined
}

export interface RekeyOutcome {
  readonly keyId: string
  readonly keeper: KeeperKind
  readonly place: string
  /** How many secrets are sealed under it now. */
  readonly secrets: number
  /** What is left to do by hand. */
  readonly notes: readonly string[]
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
  /**
   * Opens it with a passphrase, or without one by looking again where the key is kept. Before the first secret it sets
   * the passphrase.
   * @throws TraseError `value_refused` for a wrong passphrase, `usage` when one is needed or none is, `vault_locked`,
   * `vault_key_missing`, `busy` while several are being tried
   */
  unlock(passphrase: Secret | null): Promise<void>
  /**
   * Makes a new master key the one in use. Killed at any moment, what is sealed opens afterwards; when it resolves the old
   * key is gone from its keeper, or a note says where it is.
   * @throws TraseError `vault_locked`, `vault_key_missing`, `vault_damaged`, `usage`, `value_refused`, `busy`, `cannot_create`,
   * `program_missing`, `disk_full`, `storage_failed`
   */
  rekey(request: RekeyRequest): Promise<RekeyOutcome>
  /**
   * A copy of the master key, which the caller wipes; null before the first secret. For a backup alone.
   * @throws TraseError `vault_locked`, `vault_key_missing`
   */
  copyOfKey(): MasterKey | null
  /** What lies where the key is kept, and is not it; null for nothing, or when nobody can tell. */
  besidesKey(): Promise<string | null>
  /** How often the master key was changed: as many `VaultRekeyed` belong into the history. */
  rekeys(): number
  /** Calls back when it was unlocked later than at its opening; returns the way to stop. */
  onUnlocked(listener: () => void): () => void
  close(): void
}
