// The port through which secrets come in and go: what control, sign-ins and profile files may ask of the daemon.
import type { Actor, CredentialKind } from '../domain/events.ts'
import type { AgentId, ProfileId, ProviderId } from '../domain/ids.ts'
import type { Secret } from './secret.ts'

export interface NewCredential {
  readonly profileId: ProfileId
  readonly provider: ProviderId
  readonly kind: CredentialKind
  /** Epoch milliseconds, null when it does not end or nobody knows. */
  readonly expiresAt: number | null
  /** The one agent it is for; null is for all. The default agent's are for all. */
  readonly agent: AgentId | null
}

export interface StoredCredential {
  readonly profileId: ProfileId
  /** It was there before, with another value. */
  readonly rotated: boolean
  /** The credential that the agent's next request will use, null when none is usable. */
  readonly next: ProfileId | null
  /** What could not be done besides, such as an entry in a traseai.json that is broken. */
  readonly notes: readonly string[]
}

export interface RemovedCredential {
  /** False when only `auth.profiles` of traseai.json named it. */
  readonly stored: boolean
  readonly notes: readonly string[]
}

export interface CredentialStore {
  /** What `add` would refuse whatever the secret is: for whoever has to take trouble to get one. @throws TraseError `usage`, `not_found`, `already_exists`, `limit_reached` */
  check(credential: NewCredential): void
  /**
   * Seals and keeps a secret, and records its credential; resolves when both are on disk and the files that show them are
   * written. The caller keeps and drops `secret`.
   * @throws TraseError `not_found` (the provider), `usage`, `already_exists`, `value_refused`, `limit_reached`, `vault_locked`, `vault_key_missing`, `disk_full`, `storage_failed`
   */
  add(credential: NewCredential, secret: Secret, actor: Actor): Promise<StoredCredential>
  /**
   * Keeps a reference (`env:NAME`, `file:/path`, `exec:/program arg …`) in place of a secret; it must resolve now.
   * @throws TraseError as `add`, `reference_failed`, and `busy` when too many programs of references wait for their turn
   */
  addReference(credential: NewCredential, reference: string, actor: Actor): Promise<StoredCredential>
  /**
   * Forgets a stored credential, destroys its secret, and takes it out of orders, files and `auth.profiles`; of an id that
   * nothing but `auth.profiles` names, the entry there.
   * @throws TraseError `not_found`; `usage` for one of the environment, which goes with its variable; for an entry alone
   * what `ConfigurationSource.edit` refuses with
   */
  remove(profileId: ProfileId, reason: string, actor: Actor): Promise<RemovedCredential>
}
