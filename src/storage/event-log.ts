// The port to the event log: all that other rooms may know of storage. Asynchronous, with expected versions, no word of SQLite.
import type { Actor, StoredEvent } from '../domain/events.ts'
import type { Rewrapped, SealedSecret, VaultKey } from '../domain/sealed-secret.ts'
import type { UsageGroup, UsageQuestion, UsageRow } from '../domain/usage.ts'

export interface NewEvent {
  readonly type: string
  readonly schema: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly actor: Actor
  readonly cause: number | null
  /** JSON data; never a secret. */
  readonly data: unknown
}

export interface AppendRequest {
  readonly stream: string
  /** The version the stream must have before: 0 for a new one, else that of its last event. */
  readonly expectedVersion: number
  readonly events: readonly NewEvent[]
  /**
   * A secret to keep, in the same commit as the events that speak of it. It replaces the one before under its id; the
   * events `CredentialRemoved` and `CredentialRotated` destroy what they make void without being asked.
   * Sealed under a master key that is not in use any more, the append fails with `conflict` and nothing is written.
   */
  readonly sealed?: SealedSecret
}

/** `appended`: durable; `firstPosition` is that of the first event, the others follow without a gap. */
export type AppendOutcome =
  | { readonly outcome: 'appended'; readonly firstPosition: number }
  | { readonly outcome: 'conflict'; readonly actualVersion: number }

export interface ReadRequest {
  /** Position to go on from, not included. Ascending default 0; descending default: the end. */
  readonly after?: number
  /** 1 to 1,000. */
  readonly limit: number
  readonly order?: 'asc' | 'desc'
  readonly stream?: string
  readonly provider?: string
  readonly type?: string
  /** Epoch milliseconds, both included. */
  readonly since?: number
  readonly until?: number
}

export interface Snapshot {
  /** The position up to which events are folded in. */
  readonly position: number
  readonly foldVersion: number
  readonly state: unknown
}

/** Counters of a credential that are too frequent to be events. */
export interface UsageRollup {
  readonly profileId: string
  readonly requests: number
  /** Milliseconds since the epoch. */
  readonly lastUsedAt: number
}

/** What an opened log brings along, read before anything else is served. */
export interface OpenedLog {
  readonly log: EventLog
  readonly lastPosition: number
  /** The newest snapshot of `foldVersion`, if there is one. */
  readonly snapshot: Snapshot | null
  /** The first page of events after the snapshot (at most 1,000), to spare a round trip; go on with `read`. */
  readonly tail: readonly StoredEvent[]
  /** 32 random bytes made with the database: the HMAC key of fingerprints. */
  readonly installationKey: Uint8Array
  readonly usage: readonly UsageRollup[]
  readonly secrets: readonly SealedSecret[]
  /** The master key that all of them are wrapped with; null before the first secret. */
  readonly vaultKey: VaultKey | null
  /** What changed in the schema at this start, and the copy that was made before; null when nothing did. */
  readonly upgrade: { readonly from: number; readonly to: number; readonly copy: string } | null
}

export interface EventLog {
  /**
   * Appends to one stream. Resolves when the events are on disk; calls made together share one commit, in call order.
   * @throws TraseError `disk_full`, `storage_failed`, `busy` (more than `appendsWaitingMax` waiting)
   */
  append(request: AppendRequest): Promise<AppendOutcome>
  /** @throws TraseError `storage_failed` */
  read(request: ReadRequest): Promise<StoredEvent[]>
  /** The version of a stream, 0 when it has no events. */
  streamVersion(stream: string): Promise<number>
  /** Keeps the newest two snapshots. */
  saveSnapshot(snapshot: Snapshot): Promise<void>
  /** Replaces the rollups of the named credentials. */
  saveUsage(rollups: readonly UsageRollup[]): Promise<void>
  /** Adds to what model requests took. */
  saveUsageHistory(rows: readonly UsageRow[]): Promise<void>
  /** What was used, by groups, the largest first and a thousand at most. */
  readUsageHistory(question: UsageQuestion): Promise<UsageGroup[]>
  /** All sealed secrets as they are on disk. */
  readSecrets(): Promise<SealedSecret[]>
  /**
   * Makes `key` the master key and replaces every wrapped data key, in one commit. False, and nothing is written, when
   * `rewrapped` does not name exactly the secrets that are kept: one came or went meanwhile.
   */
  saveVaultKey(key: VaultKey, rewrapped: readonly Rewrapped[]): Promise<boolean>
  /** Waits for what was sent, then closes. */
  close(): Promise<void>
}

/** How many appends may wait for the disk before further ones are refused. */
export const appendsWaitingMax = 50_000
export const readLimitMax = 1_000
