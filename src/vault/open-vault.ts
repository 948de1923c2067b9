// Opens the vault: finds the master key, seals and unseals with it, and says what is wrong when it is not at hand.
import { TraseError } from '../errors.ts'
import { type KeyInUse, keyTrouble, openKeyInUse, type VaultDeps } from './key-in-use.ts'
import { passphrasePlace } from './keepers/passphrase.ts'
import { keepers, resolveKeeper } from './keepers/table.ts'
import { letGo, rekey, rekeyKeeper } from './rekey.ts'
import { sealSecret, unsealSecret } from './seal.ts'
import type { Secret } from './secret.ts'
import type { Vault, VaultStatus } from './vault.ts'

/** Each takes some 0.4 s and 128 MiB: whoever types the right one waits for no more wrong ones than these. */
const guessesMax = 4

/** A vault whose key is not at hand opens as well: it says so in `status`, and the gateway serves what needs no vault. */
export async function openVault(deps: VaultDeps): Promise<Vault> {
  const listeners = new Set<() => void>()
  const inUse = openKeyInUse(deps, () => {
    for (const listener of listeners) listener()
  })
  const inTurn = openTurns()
  const guesses = openTurns()
  let guessing = 0

  /** Guesses wait for each other alone: what seals or changes the key does not wait for them. */
  async function guess(passphrase: Secret | null): Promise<void> {
    if (inUse.master()) return
    if (guessing >= guessesMax) {
      throw new TraseError('busy', `${guessesMax} passphrases are being tried already`, {
        hint: 'try again in a moment: traseai vault unlock',
      })
    }
    guessing += 1
    await guesses(() => unlock(deps, inUse, inTurn, passphrase)).finally(() => (guessing -= 1))
  }

  await inUse.look(null)
  await letGo(deps, inUse)

  return {
    status: () => statusOf(deps, inUse),
    seal: (profileId, fingerprint, secret) =>
      inTurn(async () => {
        const master = inUse.master() ?? (await openForSealing(deps, inUse))
        return sealSecret(master, (bytes) => deps.host.randomBytes(bytes), { profileId, fingerprint }, secret)
      }),
    unseal(sealed) {
      const master = inUse.master()
      if (!master) throw keyTrouble(inUse.trouble())
      return unsealSecret(master, sealed)
    },
    unlock: guess,
    rekey: (request) =>
      inTurn(async () => {
        const { secrets, notes } = await rekey(deps, inUse, request)
        const { keyId, keeper, place, notes: settings } = statusOf(deps, inUse)
        return {
          keyId: keyId ?? '',
          keeper,
          place,
          secrets,
          notes: [...notes, ...passphraseNote(deps, request), ...settings],
        }
      }),
    copyOfKey() {
      if (!inUse.record()) return null
      const master = inUse.master()
      if (!master) throw keyTrouble(inUse.trouble())
      return { id: master.id, bytes: Buffer.from(master.bytes) }
    },
    besidesKey: async () => {
      const record = inUse.record()
      return (record && (await keepers[record.keeper].besides?.(deps, record.keyId))) ?? null
    },
    rekeys: () => inUse.record()?.rekeys ?? 0,
    onUnlocked(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => inUse.close(),
  }
}

async function openForSealing(deps: VaultDeps, inUse: KeyInUse): ReturnType<KeyInUse['begin']> {
  if (!inUse.record()) return inUse.begin(null)
  await inUse.look(null)
  const master = inUse.master()
  if (master) return master
  const trouble = inUse.trouble()
  // With nothing sealed nothing is lost: the vault begins anew.
  if (trouble?.state === 'missing' && (await deps.readSecrets()).length === 0) return inUse.begin(null)
  throw keyTrouble(trouble)
}

async function unlock(deps: VaultDeps, inUse: KeyInUse, inTurn: InTurn, passphrase: Secret | null): Promise<void> {
  if (inUse.master()) return
  const record = inUse.record()
  const keeper = record?.keeper ?? resolveKeeper(deps.host, deps.configuredKeeper())
  if (passphrase && keeper !== 'passphrase') {
    throw new TraseError('usage', `no passphrase keeps the key of this vault: ${keepers[keeper].place(deps)} does`, {
      hint: 'see: traseai vault status',
    })
  }
  if (!record) {
    if (keeper === 'passphrase') await inTurn(async () => inUse.record() ?? inUse.begin(passphrase))
    return
  }
  await inUse.look(passphrase)
  if (inUse.master()) {
    await inTurn(() => letGo(deps, inUse))
    return
  }
  const trouble = inUse.trouble()
  if (passphrase && trouble?.state === 'locked') {
    throw new TraseError('value_refused', 'this is not the passphrase of the vault', {
      hint: 'try again: traseai vault unlock',
    })
  }
  throw keyTrouble(trouble)
}

function statusOf(deps: VaultDeps, inUse: KeyInUse): VaultStatus {
  const record = inUse.record()
  const trouble = inUse.trouble()
  const keeper = record?.keeper ?? resolveKeeper(deps.host, deps.configuredKeeper())
  return {
    state: record ? (inUse.master() ? 'unlocked' : (trouble?.state ?? 'locked')) : 'empty',
    keeper,
    place: keepers[keeper].place(deps),
    keyId: record?.keyId ?? null,
    reason: trouble?.reason ?? null,
    hint: trouble?.hint ?? null,
    rekeyKeeper: rekeyKeeper(deps, record),
    passphrasePlace: passphrasePlace(deps),
    notes: record ? settingsNotes(deps, record.keeper) : [],
  }
}

/** The keeper is chosen with the first secret: a setting that says otherwise later has no effect by itself. */
function settingsNotes(deps: VaultDeps, keeper: string): readonly string[] {
  const configured = deps.configuredKeeper()
  if (configured !== 'auto') {
    return configured === keeper
      ? []
      : [`traseai.json says vault.keeper "${configured}": set it to "${keeper}", or move the key: traseai vault rekey`]
  }
  return keeper === 'key-file' && resolveKeeper(deps.host, configured) === 'systemd'
    ? ['systemd hands over a key that is not in use: traseai vault rekey --keeper systemd']
    : []
}

function passphraseNote(
  deps: VaultDeps,
  { passphrase }: { readonly passphrase?: Secret | undefined },
): readonly string[] {
  const file = deps.passphraseFile()
  if (!passphrase || file === null) return []
  return [`put the new passphrase into ${file}, or the next start finds the vault locked`]
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** One after the other. */
function openTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined) // heard by whoever asked for it
    return turn
  }
}
