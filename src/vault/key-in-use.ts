// The master key in use: which one the database names, whether it is at hand, and how the first one comes about.
import type { KeeperKind } from '../domain/events.ts'
import type { Rewrapped, SealedSecret, VaultKey } from '../domain/sealed-secret.ts'
import { vaultTrouble } from '../domain/vault-trouble.ts'
import { TraseError } from '../errors.ts'
import type { KeeperDeps } from './keepers/keeper.ts'
import { keepers, resolveKeeper } from './keepers/table.ts'
import { type MasterKey, wipe } from './master-key.ts'
import type { Secret } from './secret.ts'
import { recordOf, type VaultRecord, vaultKeyOf } from './vault-record.ts'

export interface VaultDeps extends KeeperDeps {
  /** `vault.keeper`. */
  configuredKeeper(): 'auto' | KeeperKind
  /** As the database has it; null before the first secret. */
  readonly vaultKey: VaultKey | null
  readSecrets(): Promise<readonly SealedSecret[]>
  /** False when `rewrapped` are not the secrets that are kept. */
  saveVaultKey(key: VaultKey, rewrapped: readonly Rewrapped[]): Promise<boolean>
}

export interface Trouble {
  readonly state: 'locked' | 'missing'
  readonly reason: string
  readonly hint: string
}

export interface KeyInUse {
  /** Null before the first secret. */
  record(): VaultRecord | null
  /** Null while it is not at hand. */
  master(): MasterKey | null
  /** Why it is not at hand; null when it is, or when there is none yet. */
  trouble(): Trouble | null
  /** Looks where the record says that it is kept; a key that is at hand stays. */
  look(passphrase: Secret | null): Promise<void>
  /** Makes the first key, for a vault without secrets. @throws TraseError see `Keeper.make` */
  begin(passphrase: Secret | null): Promise<MasterKey>
  /** The key that the database now names; takes its bytes over and wipes those of the one before. */
  take(record: VaultRecord, key: MasterKey): void
  close(): void
}

export function openKeyInUse(deps: VaultDeps, onOpened: () => void): KeyInUse {
  let record = deps.vaultKey && recordOf(deps.vaultKey)
  let master: MasterKey | null = null
  let trouble: Trouble | null = null

  function take(next: VaultRecord, key: MasterKey): void {
    if (master && master !== key) wipe(master)
    const wasOpen = master !== null
    record = next
    master = key
    trouble = null
    if (!wasOpen) onOpened()
  }

  async function look(passphrase: Secret | null): Promise<void> {
    if (!record || master) return
    const asked = record
    const { keeper, keyId, parameters } = asked
    const found = await keepers[keeper].find(deps, keyId, parameters, passphrase)
    const isOvertaken = record !== asked || master !== null // a passphrase takes its time
    if (found.outcome === 'found') {
      if (isOvertaken) wipe(found.key)
      else take(asked, found.key)
    } else if (!isOvertaken) trouble = { state: found.outcome, reason: found.reason, hint: found.hint }
  }

  async function begin(passphrase: Secret | null): Promise<MasterKey> {
    const keeper = resolveKeeper(deps.host, deps.configuredKeeper())
    const { key, parameters } = await keepers[keeper].make(deps, null, passphrase)
    const first: VaultRecord = { keyId: key.id, keeper, parameters, rekeys: record?.rekeys ?? 0, replaced: null }
    // Killed before this line, the key is in its keeper, and the next start finds it there.
    if (!(await deps.saveVaultKey(vaultKeyOf(first), []))) {
      wipe(key)
      throw new TraseError('conflict', 'there are secrets already, under another master key')
    }
    take(first, key)
    return key
  }

  return {
    record: () => record,
    master: () => master,
    trouble: () => trouble,
    look,
    begin,
    take,
    close() {
      if (master) wipe(master)
      master = null
    },
  }
}

/** The refusal of work that needs the key. */
export function keyTrouble(trouble: Trouble | null): TraseError {
  return (trouble && vaultTrouble(trouble)) ?? new TraseError('vault_locked', 'the vault is closed')
}
