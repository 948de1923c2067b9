// What the gateway knows, as a pure fold over the log: plain data, small, and the same whatever the history's length.
import type { CredentialKind, CredentialSource, DisabledReason, DomainEvent } from './events.ts'
import type { AgentId, Fingerprint, ProfileId, ProviderId, SessionId } from './ids.ts'
import { evolveClients } from './client.ts'
import { evolveCredentials } from './credential.ts'
import { evolveOrders } from './order.ts'
import { evolvePins } from './session.ts'

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
  /** Version of its stream, for the next append. */
  readonly version: number
  readonly addedAt: number
  /** When the present value came: `addedAt`, or the last rotation. */
  readonly issuedAt: number
  readonly expiresAt: number | null
  /** The expiry date that was already announced, so that each is announced once. */
  readonly announced: { readonly expiring: number | null; readonly expired: number | null }
  readonly disabled: { readonly reason: DisabledReason; readonly since: number; readonly retryAt: number | null } | null
  /** Keyed by model, `*` for the whole credential. */
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
  readonly model: string
  readonly profileId: ProfileId | null
  readonly version: number
}

export interface State {
  readonly credentials: Readonly<Record<string, Credential>>
  /** Keyed `<agent>/<provider>`. */
  readonly orders: Readonly<Record<string, AgentOrder>>
  readonly clients: Readonly<Record<string, Client>>
  readonly pins: Readonly<Record<string, Pin>>
}

/** Grows by one whenever the fold changes its meaning or shape, so that older snapshots are not used. */
export const foldVersion = 1

export const initialState: State = { credentials: {}, orders: {}, clients: {}, pins: {} }

/** What the fold needs of an event: enough for one that is decided but not yet in the log. */
export type FoldedEvent = DomainEvent & { readonly stream: string; readonly version: number; readonly at: number }

/** The state after one more event. Each event touches one entity, so the order of different streams does not matter. */
export function evolve(state: State, event: FoldedEvent): State {
  return {
    credentials: evolveCredentials(state.credentials, event),
    orders: evolveOrders(state.orders, event),
    clients: evolveClients(state.clients, event),
    pins: evolvePins(state.pins, event),
  }
}
