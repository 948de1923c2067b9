// Decides who keeps the master key of a restored home: whoever kept it before, if that is there, else the key file.
import { readFile, rm } from 'node:fs/promises'
import type { KeeperKind } from '../domain/events.ts'
import type { VaultKey } from '../domain/sealed-secret.ts'
import { type Environment, type Host, realHost } from '../host.ts'
import { keepers } from '../vault/keepers/table.ts'
import { keepOnly, type MasterKey, readKeys, wipe } from '../vault/master-key.ts'
import { recordOf, vaultKeyOf } from '../vault/vault-record.ts'
import { TraseError } from '../errors.ts'

/** `same`: whoever kept it. `key-file`: vault.key in the home. `auto`: the first, where it can be seen that it works. */
export type KeeperChoice = 'auto' | 'same' | 'key-file'

export interface KeeperDecision {
  /** Null for a home without a master key. */
  readonly keeper: KeeperKind | null
  /** Who kept it where the backup was made, when that is another one. */
  readonly instead: KeeperKind | null
  /** The row of the database, when it has to change. */
  readonly row: VaultKey | null
  /** What to do or to know, for people. */
  readonly notes: readonly string[]
}

/** @returns the key of the backup with that id, null when it has none @throws TraseError `backup_refused` for another one */
export async function packedKey(path: string | null, keyId: string | null): Promise<MasterKey | null> {
  if (path === null || keyId === null) return null
  const { keys } = readKeys(await readFile(path, 'utf8'))
  const key = keepOnly(keys, keyId)
  if (key) return key
  throw new TraseError(
    'backup_refused',
    `the master key in the backup is not ${keyId}, which its secrets are sealed with`,
  )
}

/**
 * @param keyPath `vault.key` of the new home as it was unpacked, null when there is none; taken away when it is not needed
 * @param host the machine that is restored on; its keyring is asked
 */
export async function decideKeeper(
  host: Host,
  vaultKey: VaultKey | null,
  keyPath: string | null,
  choice: KeeperChoice,
): Promise<KeeperDecision> {
  if (vaultKey === null) return { keeper: null, instead: null, row: null, notes: [] }
  const { keeper, keyId } = vaultKey
  if (keyPath === null) return { keeper, instead: null, row: null, notes: [withoutKey(keeper, keyId)] }
  if (keeper === 'key-file') return { keeper, instead: null, row: null, notes: [] }
  const stays = choice === 'same' || (choice === 'auto' && (await isThere(host, vaultKey)))
  if (stays) {
    await rm(keyPath)
    return { keeper, instead: null, row: null, notes: keeper === 'passphrase' ? [passphraseNote] : [] }
  }
  const record = { ...recordOf(vaultKey), keeper: 'key-file', parameters: {}, replaced: null } as const
  return { keeper: 'key-file', instead: keeper, row: vaultKeyOf(record), notes: [fileNotes[keeper]] }
}

/** What systemd hands to a service, no command can see; a passphrase works wherever somebody knows it. */
async function isThere(host: Host, { keeper, keyId }: VaultKey): Promise<boolean> {
  if (keeper === 'passphrase') return true
  if (keeper === 'systemd') return false
  const deps = { host, passphraseFile: () => null, writePrivateFile: () => Promise.resolve() }
  const found = await keepers[keeper].find(deps, keyId, {}, null)
  if (found.outcome === 'found') wipe(found.key)
  return found.outcome === 'found'
}

const passphraseNote =
  'the vault opens with its passphrase, as before; if nobody knows it any more, restore with --keeper key-file'

const inFile = 'the master key lies in vault.key of the home now'
const fileNotes: Readonly<Record<Exclude<KeeperKind, 'key-file'>, string>> = {
  systemd: `${inFile}; where systemd hands over the very same key, restore with --keeper same to leave it there`,
  keyring: `${inFile}, because the keyring of this machine has not got it; to move it there: traseai vault rekey --keeper keyring`,
  passphrase: `${inFile}; to protect it with a passphrase again: traseai vault rekey --keeper passphrase`,
}

function withoutKey(keeper: KeeperKind, keyId: string): string {
  return `the backup has no master key: its secrets open only where ${keeper} still has the key ${keyId}`
}

/** A host for the keyring's program alone. */
export function keyringHost(env: Environment): Host {
  return realHost({ env })
}
