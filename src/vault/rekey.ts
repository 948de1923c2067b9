// Changes the master key: one commit decides, and killed on either side of it every secret opens.
import type { KeeperKind } from '../domain/events.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import { messageOf, TraseError } from '../errors.ts'
import { type KeyInUse, keyTrouble, type VaultDeps } from './key-in-use.ts'
import { keepers, resolveKeeper } from './keepers/table.ts'
import { type MasterKey, wipe } from './master-key.ts'
import { rewrapKey } from './seal.ts'
import { type VaultRecord, vaultKeyOf } from './vault-record.ts'
import type { RekeyRequest } from './vault.ts'

/** How often the secrets may have changed meanwhile; each round takes milliseconds. */
const roundsMax = 20

export interface Rekeyed {
  readonly secrets: number
  /** What is left to do by hand. */
  readonly notes: readonly string[]
}

/**
 * The new key is kept beside the old one; then one commit names it and wraps every data key anew; then the old one leaves its
 * keeper. Which one is left over after a kill is told by the row of the database.
 * @throws TraseError see `Vault.rekey`
 */
export async function rekey(deps: VaultDeps, inUse: KeyInUse, request: RekeyRequest): Promise<Rekeyed> {
  await inUse.look(null)
  const [before, old] = [inUse.record(), inUse.master()]
  if (before && !old && (await deps.readSecrets()).length > 0) throw keyTrouble(inUse.trouble())
  const keeper = request.keeper ?? rekeyKeeper(deps, before)
  const { key, parameters } = await keepers[keeper].make(deps, old, request.passphrase ?? null)
  const after: VaultRecord = {
    keyId: key.id,
    keeper,
    parameters,
    rekeys: (before?.rekeys ?? 0) + 1,
    replaced: before && { keeper: before.keeper, keyId: before.keyId },
  }
  const secrets = await commit(deps, after, old, key)
  inUse.take(after, key)
  return { secrets, notes: await letGo(deps, inUse) }
}

/** The configured one; with `auto` the present one. */
export function rekeyKeeper(deps: VaultDeps, record: VaultRecord | null): KeeperKind {
  const configured = deps.configuredKeeper()
  return configured === 'auto' && record ? record.keeper : resolveKeeper(deps.host, configured)
}

async function commit(deps: VaultDeps, after: VaultRecord, old: MasterKey | null, key: MasterKey): Promise<number> {
  for (let round = 1; round <= roundsMax; round += 1) {
    const rows = await deps.readSecrets()
    const rewrapped = rows.map((row) => rewrapOrRefuse(deps, old, key, row))
    if (await deps.saveVaultKey(vaultKeyOf(after), rewrapped)) return rows.length
  }
  wipe(key)
  throw new TraseError('busy', 'credentials come and go too fast for a new master key')
}

function rewrapOrRefuse(
  deps: VaultDeps,
  old: MasterKey | null,
  key: MasterKey,
  row: SealedSecret,
): ReturnType<typeof rewrapKey> {
  if (!old) throw new TraseError('conflict', 'a secret came while its key was missing')
  return rewrapKey(old, key, (bytes) => deps.host.randomBytes(bytes), row)
}

/**
 * Takes the replaced key out of its keeper and then the note about it out of the record; also the end of a change that a
 * kill has cut short.
 * @returns what is left to do by hand
 */
export async function letGo(deps: VaultDeps, inUse: KeyInUse): Promise<readonly string[]> {
  const [record, master] = [inUse.record(), inUse.master()]
  if (!record?.replaced || !master) return []
  const { keeper, keyId } = record.replaced
  try {
    const note = await keepers[keeper].forget(deps, keyId)
    const done: VaultRecord = { ...record, replaced: null }
    // Not saved when a secret came at this very moment: the next start finds the old key gone and says so then.
    if (await deps.saveVaultKey(vaultKeyOf(done), await deps.readSecrets())) inUse.take(done, master)
    return note === null ? [] : [note]
  } catch (error) {
    const place = keepers[keeper].place(deps)
    deps.host.log.warn({ keyId, place, error: messageOf(error) }, 'the old master key could not be taken away yet')
    return [`the old key ${keyId} is still in ${place} (${messageOf(error)}); the next start tries again`]
  }
}
