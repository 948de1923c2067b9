// The credential's part of the fold and its decider: coming, changing, going, and being switched off and on.
import { quoted, TraseError } from '../errors.ts'
import type { CommandOf, CredentialCommand } from './command.ts'
import { decideClear, decideCooldown, evolveCleared, evolveCooldowns } from './cooldown.ts'
import { decideDisable, decideEnable } from './disable.ts'
import { type Credential, entryOf, type FoldedEvent, isStored, withoutEntry } from './entities.ts'
import { type CredentialSource, type DomainEvent, isoInstant } from './events.ts'
import { decideAnnouncement } from './expiry-announcement.ts'
import { type ProfileId, providerOf } from './ids.ts'
import { suggest } from './suggest.ts'

export type Credentials = Readonly<Record<string, Credential>>
type Added = Extract<FoldedEvent, { type: 'CredentialAdded' }>

/** Each event copies the table of credentials: about 0.05 ms for 300 of them, 0.3 ms for this many, 6 ms for 10,000. */
export const credentialsMax = 2_000
/** The last millisecond of the year 9999: ISO 8601 as the log writes it ends there. */
const instantMax = 253_402_300_799_999

/** The credentials after one more event; the very same object when it does not concern them. */
export function evolveCredentials(credentials: Credentials, event: FoldedEvent): Credentials {
  switch (event.type) {
    case 'CredentialAdded':
      return { ...credentials, [event.data.profileId]: added(event) }
    case 'CredentialRemoved':
      return withoutEntry(credentials, event.data.profileId)
    case 'CredentialRotated':
      return change(credentials, event, () => ({
        fingerprint: event.data.to,
        issuedAt: event.at,
        expiresAt: epochMs(event.data.expiresAt),
        announced: { expiring: null, expired: null },
        disabled: null,
        refreshFailed: null,
        restrictedTo: null,
        cooldowns: {},
      }))
    case 'CredentialRefreshed':
      return change(credentials, event, ({ disabled }) => ({
        issuedAt: event.at,
        expiresAt: Date.parse(event.data.expiresAt),
        // A refused access token is not the one in use any more; an unpaid bill still is.
        disabled: disabled?.reason === 'unauthorized' ? null : disabled,
        refreshFailed: null,
      }))
    case 'CredentialExpiring':
      return change(credentials, event, ({ announced }) => ({
        announced: { ...announced, expiring: Date.parse(event.data.expiresAt) },
      }))
    case 'CredentialExpired':
      return change(credentials, event, ({ announced }) => ({
        announced: { ...announced, expired: Date.parse(event.data.expiresAt) },
      }))
    case 'CredentialRateLimited':
      return change(credentials, event, ({ cooldowns }) => ({
        cooldowns: evolveCooldowns(cooldowns, event.data, event.at),
      }))
    case 'CredentialCooldownCleared':
      return change(credentials, event, ({ cooldowns }) => ({ cooldowns: evolveCleared(cooldowns, event.data) }))
    case 'CredentialDisabled':
      return change(credentials, event, ({ disabled }) => {
        const { reason, retryAt } = event.data
        // The clock may have been set back since.
        const since = disabled?.reason === reason ? Math.min(disabled.since, event.at) : event.at
        return { disabled: { reason, since, retryAt: epochMs(retryAt) } }
      })
    case 'CredentialEnabled':
      return change(credentials, event, () => ({ disabled: null }))
    case 'CredentialRestricted':
      return change(credentials, event, () => ({ restrictedTo: event.data.to }))
    case 'CredentialRefreshFailed':
      return change(credentials, event, ({ refreshFailed }) => ({
        refreshFailed: { since: refreshFailed?.since ?? event.at, error: event.data.error },
      }))
    case 'CredentialRevealed':
      return change(credentials, event, () => ({}))
    default:
      return credentials
  }
}

/**
 * What a command means for its credential. `now` is in epoch milliseconds.
 * @throws TraseError `not_found` for a command by hand about an unknown credential, `usage` for a provider or an expiry
 * date that cannot be, `limit_reached` for one too many
 */
export function decideCredential(
  credentials: Credentials,
  command: CredentialCommand,
  now: number,
): readonly DomainEvent[] {
  const { profileId } = command
  const credential = entryOf(credentials, profileId)
  switch (command.type) {
    case 'AddCredential':
      return decideAdd(credentials, command)
    case 'RemoveCredential':
      requireCredential(credentials, profileId)
      return [{ type: 'CredentialRemoved', data: { profileId, reason: command.reason } }]
    case 'RecordRateLimit':
      return credential ? decideCooldown(credential, siblingsOf(credentials, command), command, now) : []
    case 'ClearCooldowns':
      if (command.reason === 'user') requireCredential(credentials, profileId)
      return credential ? decideClear(credential, command, now) : []
    case 'DisableCredential':
      return credential ? decideDisable(credential, command, now) : []
    case 'EnableCredential':
      if (command.reason === 'user') requireCredential(credentials, profileId)
      return credential ? decideEnable(credential, command) : []
    case 'AnnounceExpiry':
      return credential ? decideAnnouncement(credential, command.warningMs, now) : []
    case 'RecordRestriction':
      return credential ? decideRestriction(credential, command, now) : []
    default: // RecordReveal
      requireCredential(credentials, profileId)
      return [{ type: 'CredentialRevealed', data: { profileId } }]
  }
}

function siblingsOf(credentials: Credentials, { siblings = [] }: CommandOf<'RecordRateLimit'>): readonly Credential[] {
  return siblings.flatMap((profileId) => entryOf(credentials, profileId) ?? [])
}

/**
 * The credential of an id that a person or program named. `choices` tells what there is to choose from, if the caller
 * knows better than "all of them".
 * @throws TraseError `not_found` with the nearest known id
 */
export function requireCredential(credentials: Credentials, id: string, choices?: string): Credential {
  const credential = entryOf(credentials, id)
  if (credential) return credential
  const suggestion = suggest(id, Object.keys(credentials))
  const meant = suggestion === undefined ? [] : [`did you mean ${suggestion}?`]
  const hints = [...meant, ...(choices === undefined ? [] : [choices])]
  const hint = hints.join(' ') || 'see which there are: traseai models auth list'
  throw new TraseError('not_found', `credential ${quoted(id)} not found`, { hint, data: { profileId: id } })
}

function decideAdd(credentials: Credentials, command: CommandOf<'AddCredential'>): readonly DomainEvent[] {
  const { profileId, provider, kind, source, fingerprint, agent } = command
  if (provider !== providerOf(profileId)) {
    throw new TraseError('usage', `credential "${profileId}" is for ${providerOf(profileId)}, not ${provider}`)
  }
  const expires = command.expiresAt === null ? {} : { expiresAt: expiryInstant(command.expiresAt) }
  const addition: DomainEvent = {
    type: 'CredentialAdded',
    data: { profileId, provider, kind, source, fingerprint, ...expires, ...(agent === null ? {} : { agent }) },
  }
  const present = entryOf(credentials, profileId)
  if (!present) {
    if (Object.keys(credentials).length < credentialsMax) return [addition]
    throw new TraseError('limit_reached', `${credentialsMax} credentials are known, and no more can be`)
  }
  if (present.agent !== agent && isStored(present.source)) throw anothersCredential(present)
  // A rotation keeps what a credential is; one of another kind or from elsewhere is another credential under the same id.
  if (present.kind !== kind || originOf(present.source) !== originOf(source)) {
    return [{ type: 'CredentialRemoved', data: { profileId, reason: 'replaced' } }, addition]
  }
  const isSameDate = command.expiresAt === null || Math.floor(command.expiresAt) === present.expiresAt
  if (present.fingerprint === fingerprint && isSameDate) return []
  return [{ type: 'CredentialRotated', data: { profileId, from: present.fingerprint, to: fingerprint, ...expires } }]
}

/** One id is one credential, whoever asks for it. */
function anothersCredential({ profileId, provider, agent }: Credential): TraseError {
  const owner = agent === null ? 'every agent' : `agent ${agent}`
  return new TraseError('already_exists', `credential "${profileId}" is there already, for ${owner}`, {
    hint: `choose another name: --profile-id ${provider}:<name>`,
    data: { profileId },
  })
}

function decideRestriction(
  { profileId, issuedAt, restrictedTo }: Credential,
  { to, startedAt }: CommandOf<'RecordRestriction'>,
  now: number,
): DomainEvent[] {
  // The answer to an attempt with the value before says nothing about this one, unless that date is one of a clock since set back.
  const isOlder = startedAt < issuedAt && issuedAt <= now
  return isOlder || restrictedTo === to ? [] : [{ type: 'CredentialRestricted', data: { profileId, to } }]
}

function added({ data, at, version }: Added): Credential {
  const { profileId, provider, kind, source, fingerprint, agent = null } = data
  return {
    profileId,
    provider,
    kind,
    source,
    fingerprint,
    agent,
    version,
    addedAt: at,
    issuedAt: at,
    expiresAt: epochMs(data.expiresAt),
    announced: { expiring: null, expired: null },
    disabled: null,
    refreshFailed: null,
    restrictedTo: null,
    cooldowns: {},
  }
}

/** Every event of a known credential carries its version on; one about a credential that is gone changes nothing. */
function change(
  credentials: Credentials,
  event: { readonly version: number; readonly data: { readonly profileId: ProfileId } },
  patch: (credential: Credential) => Partial<Credential>,
): Credentials {
  const credential = entryOf(credentials, event.data.profileId)
  if (!credential) return credentials
  return { ...credentials, [credential.profileId]: { ...credential, ...patch(credential), version: event.version } }
}

/**
 * The layers of the environment are one origin: a variable that moved to .env is the same credential. A reference to
 * another place is another credential, also when the same secret is there.
 */
function originOf(source: CredentialSource): string {
  return isStored(source) ? `${source.kind} ${source.name}` : 'environment'
}

function epochMs(instant: string | undefined): number | null {
  return instant === undefined ? null : Date.parse(instant)
}

function expiryInstant(expiresAt: number): string {
  if (expiresAt >= 0 && expiresAt <= instantMax) return isoInstant(Math.floor(expiresAt))
  throw new TraseError('usage', `${expiresAt} is no expiry date`, {
    hint: 'milliseconds since 1970, before the year 10000',
  })
}
