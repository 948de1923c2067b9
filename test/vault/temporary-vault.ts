// Vaults on a real database in a home of their own, which can be opened again and again as after a restart.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { KeeperKind } from '../../src/domain/events.ts'
import { parseFingerprint, parseProfileId } from '../../src/domain/ids.ts'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import { type Host, realHost } from '../../src/host.ts'
import { writePrivateFile } from '../../src/sources/write-private-file.ts'
import type { Storage } from '../../src/storage/open-storage.ts'
import type { VaultDeps } from '../../src/vault/key-in-use.ts'
import { openVault } from '../../src/vault/open-vault.ts'
import { Secret } from '../../src/vault/secret.ts'
import type { Vault } from '../../src/vault/vault.ts'
import { about, append } from '../storage/secret-bytes.ts'
import { databaseIn, openCore } from '../storage/temporary-log.ts'

export interface Home {
  readonly path: string
  readonly storage: Storage
  readonly host: Host
  /** `vault.keeper` and `vault.passphraseFile`, as the next look at the settings finds them. */
  readonly settings: { keeper: 'auto' | KeeperKind; passphraseFile: string | null }
  /** What was logged. */
  readonly logged: string[]
  readonly save: VaultDeps['saveVaultKey']
  /** As the next start would; `change` replaces what it is given of the world. */
  open(change?: Partial<VaultDeps>): Promise<Vault>
}

export function temporaryHome(keeper: 'auto' | KeeperKind = 'auto', env: Readonly<Record<string, string>> = {}): Home {
  const path = mkdtempSync(join(tmpdir(), 'traseai-vault-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const storage = openCore(databaseIn(path))
  let { vaultKey } = storage.opening
  const logged: string[] = []
  const note = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log = { debug: note, info: note, warn: note, error: note }
  const host = realHost({ env: { PATH: process.env['PATH'], HOME: path, TRASEAI_HOME: path, ...env }, log })
  const settings: Home['settings'] = { keeper, passphraseFile: null }
  const save: VaultDeps['saveVaultKey'] = (key, rewrapped) => {
    const isSaved = storage.saveVaultKey({ key, rewrapped })
    if (isSaved) vaultKey = key
    return Promise.resolve(isSaved)
  }
  return {
    path,
    storage,
    host,
    settings,
    logged,
    save,
    async open(change = {}) {
      const vault = await openVault({
        host,
        vaultKey,
        configuredKeeper: () => settings.keeper,
        passphraseFile: () => settings.passphraseFile,
        writePrivateFile: (file, content) => writePrivateFile(host, file, content),
        readSecrets: () => Promise.resolve(storage.readSecrets()),
        saveVaultKey: save,
        ...change,
      })
      onTestFinished(() => vault.close())
      return vault
    },
  }
}

/** Seals and keeps a secret, as adding a credential does. */
export async function keep({ storage }: Home, vault: Vault, name: string, text: string): Promise<SealedSecret> {
  const profileId = parseProfileId(`acme:${name}`)
  const sealed = await vault.seal(profileId, parseFingerprint('00000000000000aa'), new Secret(text))
  append(storage, sealed, about(sealed, 'CredentialAdded'), sealed)
  return sealed
}

/** What is kept, opened: name to text. */
export function opened({ storage }: Home, vault: Vault): Record<string, string> {
  return Object.fromEntries(storage.readSecrets().map((row) => [row.profileId.slice(5), vault.unseal(row).reveal()]))
}
