// A secret as it is kept at rest: bytes that say nothing without the master key. Plain data between vault and storage.
import type { KeeperKind } from './events.ts'
import type { Fingerprint, ProfileId } from './ids.ts'

export interface SealedSecret {
  readonly profileId: ProfileId
  readonly fingerprint: Fingerprint
  /** Of the master key that `wrappedKey` is encrypted under. */
  readonly keyId: string
  /** The secret's own data key, encrypted under the master key. */
  readonly wrappedKey: Uint8Array
  /** The secret, encrypted under its data key. */
  readonly sealed: Uint8Array
}

/** A data key under the master key that comes next. */
export type Rewrapped = Pick<SealedSecret, 'profileId' | 'fingerprint' | 'wrappedKey'>

/** Which master key is in use, and who keeps it; nothing about the key itself. */
export interface VaultKey {
  /** 16 hex digits made from the key, by which it is recognised. */
  readonly keyId: string
  readonly keeper: KeeperKind
  /** What the keeper needs to find or make it again, such as the salt of a passphrase. JSON data. */
  readonly parameters: Readonly<Record<string, unknown>>
}
