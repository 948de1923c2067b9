// Opens the vault of a home on its database and settings, and keeps the history of its master keys whole.
import type { Actor } from '../domain/events.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import { writePrivateFile } from '../sources/write-private-file.ts'
import type { OpenedLog } from '../storage/event-log.ts'
import { openVault } from '../vault/open-vault.ts'
import type { RekeyOutcome, RekeyRequest, Vault } from '../vault/vault.ts'
import type { CommandBus } from './command-bus.ts'

/** A key that is not at hand is no reason not to start: it is logged, and shown in the vault's status. */
export async function startVault(
  host: Host,
  { log, vaultKey }: OpenedLog,
  bus: Pick<CommandBus, 'execute'>,
  settings: () => Configuration['vault'],
): Promise<Vault> {
  const vault = await openVault({
    host,
    vaultKey,
    configuredKeeper: () => settings().keeper,
    passphraseFile: () => settings().passphraseFile,
    writePrivateFile: (path, content) => writePrivateFile(host, path, content),
    readSecrets: () => log.readSecrets(),
    saveVaultKey: (key, rewrapped) => log.saveVaultKey(key, rewrapped),
  })
  const { state, keeper, reason, hint } = vault.status()
  if (reason !== null) host.log.warn({ state, keeper, reason, hint }, 'stored credentials cannot be used')
  // A kill between the change of the key and the event about it leaves the event to this start.
  if (vault.rekeys() > (await log.streamVersion('vault'))) await recordRekey(bus, vault, { kind: 'gateway' })
  return vault
}

/** Changes the master key and records that it was changed. @throws TraseError see `Vault.rekey` */
export async function rekeyVault(
  host: Host,
  bus: Pick<CommandBus, 'execute'>,
  vault: Vault,
  request: RekeyRequest,
  actor: Actor,
): Promise<RekeyOutcome> {
  const outcome = await vault.rekey(request)
  await recordRekey(bus, vault, actor).catch((error: unknown) => {
    host.log.warn(
      { error: messageOf(error) },
      'the new master key is in use, but not in the history before the next start',
    )
  })
  return outcome
}

async function recordRekey(bus: Pick<CommandBus, 'execute'>, vault: Vault, actor: Actor): Promise<void> {
  const { keyId, keeper } = vault.status()
  if (keyId !== null) await bus.execute({ type: 'RecordRekey', keyId, keeper }, actor)
}
