// The things the gateway knows about, as plain data that survives a JSON round trip, and how they are looked up.
import type { CredentialKind, CredentialSource, DisabledReason, DomainEvent, Restriction } from './events.ts'
import type { AgentId, Fingerprint, ProfileId, ProviderId, SessionId } from './ids.ts'

/** A refusal that still counts. `model` is null when the whole credential is limited. Times are epoch milliseconds. */
export interface Cooldown {
  readonly model: string | null
  readonly since: number
  readonly until: number
  /** How many cooldowns in a row, without a success between them. */
  readonly refusals: number
}

export interface Credential {
  readonly profileId: ProfileId
  readonly provider: ProviderId
  readonly kind: CredentialKind
  readonly source: CredentialSource
  readonly fingerprint: Fingerprint
  /** The one agent it is for; null is for all. */
  readonly agent: AgentId | null
  /** Version of its stream, for the next append. */
  readonly version: number
  readonly addedAt: number
  /** When the present value came: `addedAt`, or the last rotation or refresh. */
  readonly issuedAt: number
  readonly expiresAt: number | null
  /** The expiry date that was already announced, so that each is announced once. */
  readonly announced: { readonly expiring: number | null; readonly expired: number | null }
  /** `since`: of the first refusal for that reason in a row. */
  readonly disabled: { readonly reason: DisabledReason; readonly since: number; readonly retryAt: number | null } | null
  /** Refreshes that failed one after the other: the first one's time, the last one's error. */
  readonly refreshFailed: { readonly since: number; readonly error: string } | null
  /** The one program that the provider takes it from. */
  readonly restrictedTo: Restriction | null
  /** Keyed by model, `*` for the whole credential; look one up with `lastCooldown`. Ended ones stay for the ladder. */
  readonly cooldowns: Readonly<Record<string, Cooldown>>
}

export interface AgentOrder {
  readonly agent: AgentId
  readonly provider: ProviderId
  readonly profileIds: readonly ProfileId[]
  readonly version: number
}

export interface Client {
  readonly name: string
  /** First 32 hex digits of the token's SHA-256. */
  readonly tokenHash: string
  readonly issuedAt: number
  /** The token dies with this process. */
  readonly boundToPid: number | null
  readonly version: number
}

export interface Pin {
  readonly session: SessionId
  readonly agent: AgentId
  /** `provider/model`. */
  readonly model: string
  /** Null pins the model alone. */
  readonly profileId: ProfileId | null
  readonly pinnedAt: number
  readonly version: number
}

/** What was told of one matter (matter.ts), to whom; it stays until the matter is over. */
export interface ToldNotice {
  readonly key: string
  readonly kind: string
  readonly profileId?: ProfileId | undefined
  readonly provider?: ProviderId | undefined
  /** Of the newest telling: when the matter ends. */
  readonly until: number | null
  /** By the channel's name. */
  readonly channels: Readonly<Record<string, ToldChannel>>
}

/** Epoch milliseconds. */
export interface ToldChannel {
  readonly firstAt: number
  readonly lastAt: number
  readonly times: number
}

/** What the fold needs of an event: enough for one that is decided but not yet in the log. */
export type FoldedEvent = DomainEvent & { readonly stream: string; readonly version: number; readonly at: number }

/** Kept or referred to by the gateway itself; the others are variables of some layer of the environment. */
export function isStored({ kind }: CredentialSource): boolean {
  return kind === 'vault' || kind === 'reference'
}

/** The entry under a key that came from outside: a model called `constructor` is not a property of every object. */
export function entryOf<T>(entries: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined
}

/** The same entries without one; the very same object when it is not there. */
export function withoutEntry<T>(entries: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!Object.hasOwn(entries, key)) return entries
  const { [key]: _removed, ...rest } = entries
  return rest
}
