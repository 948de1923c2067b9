// Keeps what references lead to fresh: looked up at the start, every `vault.referenceRefresh`, after a refusal, and on reload.
import { type Credential, entryOf } from '../domain/entities.ts'
import type { RecordedEvent } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import { TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { parseReference, programsMax, type References } from '../vault/references.ts'
import type { Secret } from '../vault/secret.ts'
import type { CommandBus } from './command-bus.ts'
import { openDueWork } from './due-work.ts'
import type { StoredSecrets } from './stored-secrets.ts'

export interface ReferenceRefreshDeps {
  readonly host: Pick<Host, 'monotonicMs' | 'setTimer' | 'log'>
  readonly bus: Pick<CommandBus, 'state' | 'onAppended' | 'execute'>
  readonly stored: Pick<StoredSecrets, 'secretOf' | 'offer' | 'noteTrouble'>
  readonly references: Pick<References, 'resolve' | 'close'>
  readonly installationKey: Uint8Array
  /** `vault.referenceRefresh` of the present configuration. */
  everyMs(): number
}

export interface ReferenceRefresh {
  /** Looks all of them up again; resolves when that is done, or goes on without the caller after `reloadMsMax`. */
  refreshAll(): Promise<void>
  close(): Promise<void>
}

/** Lookups side by side: no more than programs may run, so that the refresh does not fill the places of those who wait. */
const lookUpsMax = programsMax
/** The first wait after a failure; each further one is twice as long, up to the usual interval. */
const retryMsMin = 10_000
/** However short the interval that is set. */
const everyMsMin = 1_000
/** How long a value stays in use that cannot be looked up again. */
const keptMsMax = 24 * 3_600_000
/** A little more than the longest lookup. */
const reloadMsMax = 12_000

/** What the lookups of a reference have come to. */
interface LookUps {
  failures: number
  /** The last failure, so that the log hears of each once. */
  complaint: string | null
  /** By `monotonicMs`. */
  freshAt: number
}

/** Begins at once, and delays nothing: until its first lookup a credential has no secret. */
export function openReferenceRefresh(deps: ReferenceRefreshDeps): ReferenceRefresh {
  const { host, bus, stored, references, everyMs } = deps
  const records = new Map<ProfileId, LookUps>()
  const due = openDueWork<ProfileId>({ host, atOnceMax: lookUpsMax, work: round })

  async function round(profileId: ProfileId): Promise<number> {
    const record = records.get(profileId)
    if (record) await lookUp(deps, profileId, record)
    return interval(everyMs(), record?.failures ?? 0)
  }

  function follow(profileId: ProfileId): void {
    records.set(profileId, { failures: 0, complaint: null, freshAt: host.monotonicMs() })
    due.schedule(profileId, stored.secretOf(profileId) ? interval(everyMs(), 0) : 0)
  }

  function note(event: RecordedEvent): void {
    switch (event.type) {
      case 'CredentialAdded':
        if (event.data.source.kind === 'reference') follow(event.data.profileId)
        break
      case 'CredentialRemoved':
        records.delete(event.data.profileId)
        due.forget(event.data.profileId)
        break
      case 'CredentialDisabled': {
        // A provider that takes a key no longer is the best reason to look for a new one.
        const { profileId, reason } = event.data
        if (reason === 'unauthorized' && records.has(profileId)) due.schedule(profileId, 0)
        break
      }
      default:
    }
  }

  const stop = bus.onAppended((events) => events.forEach(note))
  for (const { profileId, source } of Object.values(bus.state().credentials)) {
    if (source.kind === 'reference') follow(profileId)
  }

  return {
    async refreshAll() {
      let timer: Timer | undefined
      const tooLong = new Promise<void>((resolve) => (timer = host.setTimer(reloadMsMax, resolve)))
      await Promise.race([due.runAll(), tooLong])
      timer?.cancel()
    },
    async close() {
      stop()
      references.close()
      await due.close()
    },
  }
}

function interval(everyMs: number, failures: number): number {
  const usual = Math.max(everyMs, everyMsMin)
  return failures === 0 ? usual : Math.min(usual, retryMsMin * 2 ** Math.min(failures - 1, 20))
}

/** Never rejects but for a defect: what goes wrong is the credential's trouble. */
async function lookUp(deps: ReferenceRefreshDeps, profileId: ProfileId, record: LookUps): Promise<void> {
  const { host, stored, references } = deps
  const name = referenceOf(deps, profileId)?.source.name
  if (name === undefined) return
  try {
    await take(deps, profileId, name, await references.resolve(parseReference(name)))
    if (record.failures > 0) {
      stored.noteTrouble(profileId, null)
      host.log.info({ profileId }, 'what a credential refers to is there again')
    }
    Object.assign(record, { failures: 0, complaint: null, freshAt: host.monotonicMs() })
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    if (referenceOf(deps, profileId)?.source.name !== name) return
    const { message: reason, hint = 'see: traseai models status' } = error
    const isAtHand = stored.secretOf(profileId) !== undefined && host.monotonicMs() - record.freshAt < keptMsMax
    stored.noteTrouble(profileId, { reason, hint, isAtHand })
    if (record.complaint !== reason) {
      host.log.warn({ profileId, reason, lastValueInUse: isAtHand }, 'what a credential refers to cannot be looked up')
    }
    record.failures += 1
    record.complaint = reason
  }
}

/** Makes the secret that was found the credential's; another value than before is a rotation. @throws TraseError see `execute` */
async function take(deps: ReferenceRefreshDeps, profileId: ProfileId, name: string, secret: Secret): Promise<void> {
  const { bus, stored, installationKey } = deps
  const credential = referenceOf(deps, profileId)
  const fingerprint = secret.fingerprint(installationKey)
  const isSame = credential?.fingerprint === fingerprint
  if (credential?.source.name !== name || (isSame && stored.secretOf(profileId))) return secret.drop()
  const settle = stored.offer(profileId, fingerprint, secret)
  try {
    if (isSame) return
    const { provider, kind, source, agent } = credential
    await bus.execute(
      { type: 'AddCredential', profileId, provider, kind, source, fingerprint, expiresAt: null, agent },
      { kind: 'timer' },
    )
  } finally {
    settle()
  }
}

function referenceOf({ bus }: Pick<ReferenceRefreshDeps, 'bus'>, profileId: ProfileId): Credential | undefined {
  const credential = entryOf(bus.state().credentials, profileId)
  return credential?.source.kind === 'reference' ? credential : undefined
}
