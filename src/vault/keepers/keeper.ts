// What keeps a master key: the port that each keeper fills.
import type { Host } from '../../host.ts'
import type { MasterKey } from '../master-key.ts'
import type { Secret } from '../secret.ts'

/** The world of the keepers. */
export interface KeeperDeps {
  readonly host: Host
  /** `vault.passphraseFile`. */
  passphraseFile(): string | null
  /** Replaces a file atomically, mode 0600, flushed to disk. @throws TraseError `disk_full`, `cannot_create` */
  writePrivateFile(path: string, content: string): Promise<void>
}

/** What a keeper needs to find its key again, such as a salt. JSON data. */
export type KeeperParameters = Readonly<Record<string, unknown>>

/** `locked`: somebody or something has to open it; `missing`: it is not there, or another one is. */
export type FoundKey =
  | { readonly outcome: 'found'; readonly key: MasterKey }
  | { readonly outcome: 'locked' | 'missing'; readonly reason: string; readonly hint: string }

export interface NewKey {
  readonly key: MasterKey
  readonly parameters: KeeperParameters
}

export interface Keeper {
  /** Where the key is, in words. */
  place(deps: KeeperDeps): string
  /** Looks for the key with that id; a failure is a reason, never an exception. */
  find(deps: KeeperDeps, keyId: string, parameters: KeeperParameters, passphrase: Secret | null): Promise<FoundKey>
  /**
   * A key that is kept, on disk and all, when this resolves. With `present` it is another one, and `present` stays where it
   * is; without, a key that is there already is taken.
   * @throws TraseError `vault_locked` (no passphrase), `vault_key_missing`, `usage`, `value_refused`, `cannot_create`, `program_missing`
   */
  make(deps: KeeperDeps, present: MasterKey | null, passphrase: Secret | null): Promise<NewKey>
  /**
   * Takes a key away that is in use no more; one that is not there is fine.
   * @returns what is left to do by hand, null when nothing is
   */
  forget(deps: KeeperDeps, keyId: string): Promise<string | null>
  /** What of ours is kept there besides the key with that id, in words; null when there is nothing, or nobody can tell. */
  besides?(deps: KeeperDeps, keyId: string): Promise<string | null>
}
