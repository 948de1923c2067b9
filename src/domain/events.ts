// Every event of the log, declared once: its data's shape, its version, and how older versions are read.
import * as z from 'zod'
import { TraseError } from '../errors.ts'
import type { AgentId, Fingerprint, ProfileId, ProviderId, SessionId } from './ids.ts'
import { byHand, splitSource } from './event-upcasters.ts'
import { parseAgentId, parseFingerprint, parseProfileId, parseProviderId, parseSessionId } from './ids.ts'

export const credentialKinds = ['api_key', 'token', 'oauth'] as const
export const sourceKinds = ['vault', 'env-file', 'process-env', 'shell-env', 'reference'] as const
export const disabledReasons = ['unauthorized', 'billing', 'user'] as const
/** Where the vault's master key can be kept, the first choice first. */
export const keeperKinds = ['systemd', 'keyring', 'passphrase', 'key-file'] as const
/** The programs that a provider may tie a credential to. */
export const restrictions = ['claude-code'] as const
/** Why a session lost its pin. */
export const unpinReasons = ['user', 'limit'] as const

const profileId = z.string().transform((text): ProfileId => parseProfileId(text))
const provider = z.string().transform((text): ProviderId => parseProviderId(text))
const agent = z.string().transform((text): AgentId => parseAgentId(text))
const session = z.string().transform((text): SessionId => parseSessionId(text))
const fingerprint = z.string().transform((text): Fingerprint => parseFingerprint(text))
/** An instant as ISO 8601 in UTC with milliseconds: what the log stores and programs read. */
const instant = z.iso.datetime()
const kind = z.enum(credentialKinds)
const disabledReason = z.enum(disabledReasons)
const source = z.strictObject({
  kind: z.enum(sourceKinds),
  name: z.string(),
})
/** What a notice is about; a kind of another version may be read. */
const matter = { key: z.string(), kind: z.string(), profileId: profileId.optional(), provider: provider.optional() }

export type CredentialKind = (typeof credentialKinds)[number]
export type CredentialSource = z.infer<typeof source>
export type SourceKind = (typeof sourceKinds)[number]
export type DisabledReason = (typeof disabledReasons)[number]
export type KeeperKind = (typeof keeperKinds)[number]
export type Restriction = (typeof restrictions)[number]
export type UnpinReason = (typeof unpinReasons)[number]

type Upcaster = (data: unknown) => unknown

interface EventDeclaration {
  /** The version that is written today. */
  readonly schema: number
  readonly summary: string
  readonly data: z.ZodType
  /** `upcasters[n]` turns data of version n into version n + 1. */
  readonly upcasters?: Readonly<Record<number, Upcaster>>
}

export const eventTable = {
  CredentialAdded: {
    schema: 3,
    summary:
      "A credential became known: a key appeared in the environment, or one was stored. With `agent` it is that agent's alone, else everybody's.",
    data: z.strictObject({
      profileId,
      provider,
      kind,
      source,
      fingerprint,
      expiresAt: instant.optional(),
      agent: agent.optional(),
    }),
    upcasters: { 1: splitSource, 2: (data) => data },
  },
  CredentialRotated: {
    schema: 1,
    summary: 'The secret behind a credential was replaced. Clears cooldowns and a disabled state.',
    data: z.strictObject({ profileId, from: fingerprint, to: fingerprint, expiresAt: instant.optional() }),
  },
  CredentialRemoved: {
    schema: 1,
    summary: 'A credential is gone.',
    data: z.strictObject({ profileId, reason: z.string() }),
  },
  CredentialExpiring: {
    schema: 1,
    summary: 'A credential will expire soon; written once for each expiry date.',
    data: z.strictObject({ profileId, expiresAt: instant }),
  },
  CredentialExpired: {
    schema: 1,
    summary: 'A credential has expired; written once for each expiry date.',
    data: z.strictObject({ profileId, expiresAt: instant }),
  },
  CredentialRefreshed: {
    schema: 1,
    summary: 'An OAuth credential got a new access token.',
    data: z.strictObject({ profileId, expiresAt: instant }),
  },
  CredentialRefreshFailed: {
    schema: 1,
    summary: 'An OAuth credential could not be refreshed.',
    data: z.strictObject({ profileId, error: z.string() }),
  },
  CredentialRateLimited: {
    schema: 1,
    summary: 'A provider refused a credential for its rate; one event for each cooldown, not for each answer.',
    data: z.strictObject({
      profileId,
      model: z.string().optional(),
      until: instant,
      retryAfterMs: z.int().nonnegative().optional(),
      status: z.int(),
      refusals: z.int().positive(),
    }),
  },
  CredentialCooldownCleared: {
    schema: 2,
    summary:
      'Cooldowns ended early: all of a credential by hand (`user`), or the one of `model` (absent: of the whole credential) because a request succeeded while it ran (`trial`).',
    data: z.strictObject({ profileId, reason: z.enum(['user', 'trial']), model: z.string().optional() }),
    upcasters: { 1: byHand },
  },
  CredentialDisabled: {
    schema: 1,
    summary: 'A credential is passed over until its value changes, it is enabled, or (billing) a trial succeeds.',
    data: z.strictObject({ profileId, reason: disabledReason, retryAt: instant.optional() }),
  },
  CredentialEnabled: {
    schema: 1,
    summary: 'A disabled credential is used again: by hand, or because a trial after a billing block succeeded.',
    data: z.strictObject({ profileId, reason: disabledReason }),
  },
  CredentialRestricted: {
    schema: 1,
    summary:
      'A provider said that it takes a credential from its own program only; written once for each value. Such a token stays of use to that program.',
    data: z.strictObject({ profileId, to: z.enum(restrictions) }),
  },
  CredentialRevealed: {
    schema: 1,
    summary: 'A secret was handed to a program on the control socket; the actor says to whom.',
    data: z.strictObject({ profileId }),
  },
  CredentialsOrdered: {
    schema: 1,
    summary: "An agent's order for a provider was set.",
    data: z.strictObject({ agent, provider, profileIds: z.array(profileId) }),
  },
  CredentialOrderCleared: {
    schema: 1,
    summary: "An agent's order for a provider was dropped.",
    data: z.strictObject({ agent, provider, profileIds: z.array(profileId) }),
  },
  ModelPinned: {
    schema: 1,
    summary: 'A session switched its model, and perhaps pinned a credential.',
    data: z.strictObject({ session, agent, model: z.string(), profileId: profileId.optional() }),
  },
  ModelUnpinned: {
    schema: 2,
    summary:
      'A session went back to the default model: `reason` is `user`, or `limit` when the pins of too many sessions are kept and its own was the oldest.',
    data: z.strictObject({
      session,
      agent,
      model: z.string(),
      profileId: profileId.optional(),
      reason: z.enum(unpinReasons),
    }),
    upcasters: { 1: byHand },
  },
  ClientIssued: {
    schema: 1,
    summary:
      'A client token was issued. `tokenHash` is the first 32 hex digits of its SHA-256; the token itself is kept nowhere.',
    data: z.strictObject({
      name: z.string(),
      tokenHash: z.string().regex(/^[0-9a-f]{32}$/),
      boundToPid: z.int().positive().optional(),
    }),
  },
  ClientRevoked: {
    schema: 1,
    summary: 'A client token was revoked.',
    data: z.strictObject({ name: z.string(), tokenHash: z.string().regex(/^[0-9a-f]{32}$/) }),
  },
  VaultRekeyed: {
    schema: 1,
    summary: 'The secrets are sealed under another master key from now on; `keyId` says which, and nothing about it.',
    data: z.strictObject({ keyId: z.string().regex(/^[0-9a-f]{16}$/), keeper: z.enum(keeperKinds) }),
  },
  NoticeSent: {
    schema: 1,
    summary:
      'A matter was told to a person over `channels`, named as in `notify list`; a second one for the same channel is its reminder. `until` is when the matter ends.',
    data: z.strictObject({ ...matter, until: instant.optional(), channels: z.array(z.string()).min(1) }),
  },
  NoticeSettled: {
    schema: 1,
    summary: 'A matter that was told is over; if it comes back, it is told anew.',
    data: z.strictObject(matter),
  },
  BackupMade: {
    schema: 1,
    summary:
      'A copy of everything up to `position` was handed to the actor, sealed for whoever has a passphrase or the identity of one of the `recipients` (age). With `masterKey` it opens the stored secrets.',
    data: z.strictObject({
      position: z.int().nonnegative(),
      sealedFor: z.enum(['passphrase', 'recipients']),
      recipients: z.array(z.string()).optional(),
      masterKey: z.boolean(),
    }),
  },
  HomeRestored: {
    schema: 1,
    summary:
      'The home began again from a backup that was made at `madeAt`, up to `position`: what the history had after it is gone. The first event that follows.',
    data: z.strictObject({ position: z.int().nonnegative(), madeAt: instant }),
  },
  GatewayStarted: {
    schema: 1,
    summary: 'The gateway began to serve.',
    data: z.strictObject({ version: z.string(), reason: z.string() }),
  },
  GatewayStopped: {
    schema: 1,
    summary: 'The gateway stopped in good order.',
    data: z.strictObject({ version: z.string(), reason: z.string() }),
  },
} as const satisfies Record<string, EventDeclaration>

export type EventType = keyof typeof eventTable
export type EventData<T extends EventType> = z.output<(typeof eventTable)[T]['data']>

/** A fact that a decider produced and that is not in the log yet. */
export type DomainEvent = { [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType]

export const actorSchema = z.strictObject({
  kind: z.enum(['cli', 'rpc', 'http', 'file', 'timer', 'gateway']),
  uid: z.int().optional(),
  pid: z.int().optional(),
  program: z.string().optional(),
})
/** Who caused an event. `program` is the caller's executable name as the kernel knows it. */
export type Actor = z.infer<typeof actorSchema>

/** An event as the log holds it. `at` is in milliseconds since the epoch; `data` has the shape of version `schema`. */
export interface StoredEvent {
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schema: number
  readonly at: number
  readonly actor: Actor
  /** Position of the event that led to this one. */
  readonly cause: number | null
  readonly data: unknown
}

/** A stored event whose data has been brought to today's version and checked. */
export type RecordedEvent = Omit<StoredEvent, 'type' | 'data' | 'schema'> & DomainEvent

/**
 * Brings a stored event of any past version to today's.
 * @throws TraseError `database_newer` for a type or version this program does not know, `database_corrupt` for data that do not fit.
 */
export function decodeEvent(stored: StoredEvent): RecordedEvent {
  const { position, stream, version, at, actor, cause } = stored
  const declaration = declarationOf(stored)
  let data = stored.data
  for (let schema = stored.schema; schema < declaration.schema; schema += 1) {
    const upcast = declaration.upcasters?.[schema]
    if (!upcast) throw corrupt(stored, `no upcaster from version ${schema}`)
    data = upcast(data)
  }
  const parsed = declaration.data.safeParse(data)
  if (!parsed.success) throw corrupt(stored, z.prettifyError(parsed.error))
  const event = { type: stored.type, data: parsed.data } as DomainEvent // the schema of this very type has just parsed the data
  return { position, stream, version, at, actor, cause, ...event }
}

function declarationOf(stored: StoredEvent): EventDeclaration {
  const known = Object.hasOwn(eventTable, stored.type)
    ? (eventTable as Record<string, EventDeclaration>)[stored.type]
    : undefined
  if (!known || stored.schema > known.schema) {
    const message = `event ${stored.position} is a ${stored.type} of version ${stored.schema}, which this program does not know`
    throw new TraseError('database_newer', message)
  }
  return known
}

function corrupt(stored: StoredEvent, why: string): TraseError {
  return new TraseError('database_corrupt', `event ${stored.position} (${stored.type}) cannot be read: ${why}`)
}

/** An instant as the log writes it. */
export function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
