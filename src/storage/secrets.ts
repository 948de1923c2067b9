// Keeps sealed secrets and which master key they are wrapped with; destroyed ones go by triggers (migrations/0005_secrets.sql).
import type { Database } from 'better-sqlite3'
import type { KeeperKind } from '../domain/events.ts'
import type { Rewrapped, SealedSecret, VaultKey } from '../domain/sealed-secret.ts'
import { TraseError } from '../errors.ts'
import type { Scrub } from './scrub.ts'

/** Prepares the reader of all that is kept, by id. */
export function openReadSecrets(database: Database): () => SealedSecret[] {
  const select = database.prepare(
    `SELECT profile_id AS profileId, fingerprint, key_id AS keyId, wrapped_key AS wrappedKey, sealed
     FROM secrets JOIN secret_places ON secret_places.id = place ORDER BY profile_id`,
  )
  return () => select.all() as SealedSecret[] // a STRICT table holds what its columns say
}

export interface KeepSecret {
  /** Why a secret cannot be kept: it was sealed under a master key that is not in use any more. */
  refusal(secret: SealedSecret): TraseError | undefined
  /** Replaces the one before under its id; in a transaction of the caller. */
  keep(secret: SealedSecret): void
}

export function openKeepSecret(database: Database): KeepSecret {
  const keyId = database.prepare('SELECT key_id FROM vault_key').pluck()
  const forget = database.prepare('DELETE FROM secrets WHERE profile_id = ?')
  const freePlace = database
    .prepare(
      `SELECT id FROM secret_places
       WHERE length(wrapped_key) = length(@wrappedKey) AND length(sealed) = length(@sealed)
         AND NOT EXISTS (SELECT 1 FROM secrets WHERE place = secret_places.id) LIMIT 1`,
    )
    .pluck()
  const overwrite = database.prepare(
    'UPDATE secret_places SET wrapped_key = @wrappedKey, sealed = @sealed WHERE id = @id',
  )
  const addPlace = database.prepare('INSERT INTO secret_places (wrapped_key, sealed) VALUES (@wrappedKey, @sealed)')
  const insert = database.prepare('INSERT INTO secrets (profile_id, fingerprint, key_id, place) VALUES (?, ?, ?, ?)')

  function placeFor({ wrappedKey, sealed }: SealedSecret): number | bigint {
    const id = freePlace.get({ wrappedKey, sealed }) as number | undefined // the primary key
    if (id === undefined) return addPlace.run({ wrappedKey, sealed }).lastInsertRowid
    overwrite.run({ wrappedKey, sealed, id })
    return id
  }

  return {
    refusal: ({ profileId, keyId: sealedUnder }) =>
      keyId.get() === sealedUnder
        ? undefined
        : new TraseError('conflict', `the secret of ${profileId} is sealed under another master key`),
    keep(secret) {
      forget.run(secret.profileId)
      insert.run(secret.profileId, secret.fingerprint, secret.keyId, placeFor(secret))
    },
  }
}

/** Prepares the look-up of the master key in use; null before the first. */
export function openReadVaultKey(database: Database): () => VaultKey | null {
  const select = database.prepare('SELECT key_id AS keyId, keeper, parameters FROM vault_key').raw()
  return () => {
    const row = select.get() as readonly [string, KeeperKind, string] | undefined // written by saveVaultKey alone
    if (!row) return null
    const [keyId, keeper, parameters] = row
    return { keyId, keeper, parameters: parametersOf(parameters) }
  }
}

export interface VaultKeyChange {
  readonly key: VaultKey
  readonly rewrapped: readonly Rewrapped[]
}

/** Prepares the change of the master key: all data keys in one commit, or false and nothing when the secrets are others. */
export function openSaveVaultKey(database: Database, scrub: Scrub): (change: VaultKeyChange) => boolean {
  const select = database.prepare('SELECT profile_id AS profileId, fingerprint FROM secrets')
  // The column of the secrets follows by itself: ON UPDATE CASCADE.
  const upsert = database.prepare(
    `INSERT INTO vault_key (id, key_id, keeper, parameters) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id, keeper = excluded.keeper, parameters = excluded.parameters`,
  )
  const update = database.prepare(
    'UPDATE secret_places SET wrapped_key = ? WHERE id = (SELECT place FROM secrets WHERE profile_id = ?)',
  )
  const save = database.transaction(({ key, rewrapped }: VaultKeyChange): boolean => {
    if (!areThese(select.all() as Named[], rewrapped)) return false
    upsert.run(key.keyId, key.keeper, JSON.stringify(key.parameters))
    for (const { profileId, wrappedKey } of rewrapped) update.run(wrappedKey, profileId)
    return true
  })
  return (change) => {
    const isSaved = save.immediate(change)
    scrub.afterCommit()
    return isSaved
  }
}

type Named = Pick<SealedSecret, 'profileId' | 'fingerprint'>

function areThese(kept: readonly Named[], rewrapped: readonly Named[]): boolean {
  const fingerprints = new Map(rewrapped.map(({ profileId, fingerprint }) => [profileId, fingerprint]))
  return (
    kept.length === rewrapped.length &&
    kept.every(({ profileId, fingerprint }) => fingerprints.get(profileId) === fingerprint)
  )
}

function parametersOf(text: string): Readonly<Record<string, unknown>> {
  const parameters: unknown = JSON.parse(text) // the table holds valid JSON only
  return typeof parameters === 'object' && parameters !== null ? { ...parameters } : {}
}
