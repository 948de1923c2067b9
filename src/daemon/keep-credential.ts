// Records a stored credential together with its secret: at hand before the state speaks of it, sealed in the commit of its events.
import type { CredentialCommand } from '../domain/command.ts'
import { decide } from '../domain/decide.ts'
import type { Actor, CredentialSource, RecordedEvent } from '../domain/events.ts'
import { type Fingerprint, parseFingerprint } from '../domain/ids.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { NewCredential } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'
import type { CommandBus } from './command-bus.ts'
import type { StoredSecrets } from './stored-secrets.ts'

export interface KeepDeps {
  readonly host: Pick<Host, 'now'>
  readonly bus: Pick<CommandBus, 'state' | 'execute'>
  readonly vault: Pick<Vault, 'seal'>
  readonly stored: Pick<StoredSecrets, 'secretOf' | 'offer'>
  readonly installationKey: Uint8Array
}

export interface Kept {
  /** The credential was there before, with another value. */
  readonly rotated: boolean
}

/** Of no secret: what is decided with it does not hang on the value. */
const anyFingerprint = parseFingerprint('0'.repeat(16))

/** @throws TraseError what the decider refuses `credential` with, whatever its secret is */
export function checkKeeping({ bus, host }: Pick<KeepDeps, 'bus' | 'host'>, credential: NewCredential): void {
  const { profileId } = credential
  decide(bus.state(), addCommand(credential, { kind: 'vault', name: profileId }, anyFingerprint), host.now())
}

/** How often a secret is sealed anew when the master key was changed meanwhile. */
const sealsMax = 3

/** The caller keeps `secret`. @throws TraseError what the decider, the vault and the log refuse with */
export async function keepSealed(
  deps: KeepDeps,
  credential: NewCredential,
  secret: Secret,
  actor: Actor,
): Promise<Kept> {
  const { profileId } = credential
  const fingerprint = secret.fingerprint(deps.installationKey)
  const command = addCommand(credential, { kind: 'vault', name: profileId }, fingerprint)
  // Before the first secret makes the master key: what is refused leaves nothing behind.
  if (isInPlace(deps, command)) return { rotated: false }
  for (let seals = 1; ; seals += 1) {
    const sealed = await deps.vault.seal(profileId, fingerprint, secret)
    try {
      return await record(deps, command, secret.copy(), actor, sealed)
    } catch (error) {
      const isResealed = error instanceof TraseError && error.code === 'conflict' && seals < sealsMax
      if (!isResealed) throw error
    }
  }
}

/** Takes `secret` over: what the reference leads to now. @throws TraseError what the decider and the log refuse with */
export async function keepReference(
  deps: KeepDeps,
  credential: NewCredential,
  { text, secret }: { readonly text: string; readonly secret: Secret },
  actor: Actor,
): Promise<Kept> {
  const fingerprint = secret.fingerprint(deps.installationKey)
  return record(deps, addCommand(credential, { kind: 'reference', name: text }, fingerprint), secret, actor)
}

type Add = Extract<CredentialCommand, { type: 'AddCredential' }>

function addCommand(credential: NewCredential, source: CredentialSource, fingerprint: Fingerprint): Add {
  const { profileId, provider, kind, expiresAt, agent } = credential
  return { type: 'AddCredential', profileId, provider, kind, source, fingerprint, expiresAt, agent }
}

/** @throws TraseError what the decider refuses the command with */
function isInPlace({ bus, host, stored }: KeepDeps, command: Add): boolean {
  return decide(bus.state(), command, host.now()).length === 0 && stored.secretOf(command.profileId) !== undefined
}

async function record(
  { bus, host, stored }: KeepDeps,
  command: Add,
  secret: Secret,
  actor: Actor,
  sealed?: SealedSecret,
): Promise<Kept> {
  const { profileId, fingerprint } = command
  const settle = stored.offer(profileId, fingerprint, secret)
  try {
    // The same value as before, whose sealed secret was lost: only an event brings a new one to the disk.
    const isLost = sealed !== undefined && decide(bus.state(), command, host.now()).length === 0
    const removal = { type: 'RemoveCredential', profileId, reason: 'its secret was lost' } as const
    const [, events] = await Promise.all([
      isLost ? bus.execute(removal, actor) : [],
      bus.execute(command, actor, sealed),
    ])
    return { rotated: events.some(isOtherValue) }
  } finally {
    settle()
  }
}

/** A new date alone is no new value; one of another nature replaces the credential. */
function isOtherValue({ type, data }: RecordedEvent): boolean {
  return type === 'CredentialRemoved' || (type === 'CredentialRotated' && data.from !== data.to)
}
