// The secrets of stored credentials in memory: unsealed as soon as the vault lets them, and dropped when their credential changes.
import { type Credential, entryOf } from '../domain/entities.ts'
import type { Fingerprint, ProfileId } from '../domain/ids.ts'
import { renewal, type SecretTrouble } from '../domain/problem.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import { vaultTrouble } from '../domain/vault-trouble.ts'
import { TraseError } from '../errors.ts'
import type { Host, Log } from '../host.ts'
import { Secret } from '../vault/secret.ts'
import type { Vault, VaultStatus } from '../vault/vault.ts'
import type { CommandBus } from './command-bus.ts'
import { openSecretMemory } from './secret-memory.ts'

/** What is asked of the vault here. */
interface SecretVault extends Pick<Vault, 'unseal' | 'onUnlocked'> {
  status(): Pick<VaultStatus, 'state' | 'reason' | 'hint'>
}

export interface StoredSecretsDeps {
  readonly host: Pick<Host, 'setTimer' | 'log'>
  readonly bus: Pick<CommandBus, 'state' | 'onAppended'>
  readonly vault: SecretVault
  /** The sealed secrets that the log was opened with. */
  readonly sealed: readonly SealedSecret[]
}

export interface StoredSecrets {
  /** The secret that the state speaks of, by its fingerprint; undefined when it is not at hand. */
  secretOf(profileId: ProfileId): Secret | undefined
  /** Why a stored credential cannot be used, in words; null when it can. */
  whyMissing(profileId: ProfileId): string | null
  /** What is wrong with the secret of a stored credential; also when it can be used, with a value from before. */
  troubleOf(profileId: ProfileId): SecretTrouble | null
  /** Another number after each change of what the two above say. */
  version(): number
  /**
   * A secret that is about to be recorded; it counts from the moment the state speaks of it. Takes the secret over. The
   * function that comes back is to be called when the record is on disk, or will never be.
   */
  offer(profileId: ProfileId, fingerprint: Fingerprint, secret: Secret): () => void
  /** What the last lookup of a reference said, null when all is well; with `isAtHand` false the value from before is dropped. */
  noteTrouble(profileId: ProfileId, trouble: SecretTrouble | null): void
  close(): void
}

const unsettling: ReadonlySet<string> = new Set(['CredentialAdded', 'CredentialRotated', 'CredentialRemoved'])

/** Unseals what can be unsealed now, and the rest when the vault is unlocked. One secret that cannot be is its own credential's trouble alone. */
export function openStoredSecrets({ host, bus, vault, sealed }: StoredSecretsDeps): StoredSecrets {
  const secrets = openSecretMemory(host)
  const stillSealed = new Map(sealed.map((row) => [row.profileId, row]))
  const troubles = new Map<ProfileId, SecretTrouble>()
  let version = 0

  const credentialOf = (profileId: ProfileId): Credential | undefined => entryOf(bus.state().credentials, profileId)

  function unsealAll(): void {
    const rows = [...stillSealed.values()]
    const known = rows.filter((row) => credentialOf(row.profileId)?.fingerprint === row.fingerprint)
    for (const [{ profileId, fingerprint }, outcome] of unsealed(vault, known, host.log)) {
      stillSealed.delete(profileId)
      if (outcome instanceof Secret) secrets.put(profileId, fingerprint, outcome)
      else troubles.set(profileId, lost(outcome.message, credentialOf(profileId)))
    }
    version += 1
  }

  /** What was read at the start or noted is about another value than the one that the state speaks of now. */
  function settle(profileId: ProfileId): void {
    stillSealed.delete(profileId)
    troubles.delete(profileId)
    keepCurrent(profileId)
  }

  function keepCurrent(profileId: ProfileId): void {
    secrets.keepOnly(profileId, credentialOf(profileId)?.fingerprint)
    version += 1
  }

  function secretOf(profileId: ProfileId): Secret | undefined {
    const credential = credentialOf(profileId)
    return credential && secrets.get(profileId, credential.fingerprint)
  }

  function troubleOf(profileId: ProfileId): SecretTrouble | null {
    const noted = troubles.get(profileId)
    const isAtHand = secretOf(profileId) !== undefined
    if (noted) return { ...noted, isAtHand }
    return isAtHand ? null : missing(vault, credentialOf(profileId), stillSealed.get(profileId))
  }

  unsealAll()
  const stops = [vault.onUnlocked(unsealAll), onOtherSecret(bus, settle)]
  return {
    secretOf,
    whyMissing: (profileId) => (secretOf(profileId) ? null : (troubleOf(profileId)?.reason ?? null)),
    troubleOf,
    version: () => version,
    offer(profileId, fingerprint, secret) {
      const letGo = secrets.hold(profileId, fingerprint, secret)
      version += 1
      return () => {
        letGo()
        keepCurrent(profileId)
      }
    },
    noteTrouble(profileId, trouble) {
      if (trouble) troubles.set(profileId, trouble)
      else troubles.delete(profileId)
      if (trouble?.isAtHand === false) secrets.keepOnly(profileId, undefined)
      version += 1
    },
    close() {
      for (const stop of stops) stop()
      secrets.close()
    },
  }
}

/** Calls back for each credential that came, went or got another value. */
function onOtherSecret(bus: Pick<CommandBus, 'onAppended'>, listener: (profileId: ProfileId) => void): () => void {
  return bus.onAppended((events) => {
    for (const { type, data } of events) {
      if (unsettling.has(type) && 'profileId' in data && data.profileId !== undefined) listener(data.profileId)
    }
  })
}

/** Each row with its secret, or with what is wrong with it; none while the vault is not open. */
function unsealed(
  vault: SecretVault,
  rows: readonly SealedSecret[],
  log: Log,
): (readonly [SealedSecret, Secret | TraseError])[] {
  if (vault.status().state !== 'unlocked') return []
  return rows.map((row) => {
    try {
      return [row, vault.unseal(row)]
    } catch (error) {
      if (!(error instanceof TraseError)) throw error
      log.error({ profileId: row.profileId, error: error.message }, 'a stored secret cannot be opened')
      return [row, error]
    }
  })
}

/** Only another secret mends it. */
function lost(reason: string, credential: Credential | undefined): SecretTrouble {
  return { reason, hint: credential ? renewal(credential) : 'store the credential again', isAtHand: false }
}

const notLookedUp: SecretTrouble = {
  reason: 'what it refers to has not been looked up yet',
  hint: 'look again in a moment',
  isAtHand: false,
}

function missing(vault: SecretVault, credential: Credential | undefined, row: SealedSecret | undefined): SecretTrouble {
  if (credential?.source.kind === 'reference') return notLookedUp
  if (!row) return lost('its secret is not in the vault', credential)
  const trouble = vaultTrouble(vault.status())
  if (!trouble) return lost('the vault holds another value than the history says', credential)
  const { message: reason, hint = 'see what is needed: traseai vault status' } = trouble
  return { reason, hint, isAtHand: false }
}
