// What the gateway knows, as a pure fold over the log: plain data, small, and the same whatever the history's length.
import * as z from 'zod'
import { evolveClients } from './client.ts'
import { evolveCredentials } from './credential.ts'
import type { AgentOrder, Client, Credential, FoldedEvent, Pin, ToldNotice } from './entities.ts'
import { credentialKinds, disabledReasons, restrictions } from './events.ts'
import { evolveNotices } from './notice.ts'
import { evolveOrders } from './order.ts'
import { evolvePins } from './session.ts'

/** Each record is keyed by what follows the kind in the entity's stream; look things up with `entryOf`. */
export interface State {
  readonly credentials: Readonly<Record<string, Credential>>
  /** Keyed `<agent>/<provider>`. */
  readonly orders: Readonly<Record<string, AgentOrder>>
  readonly clients: Readonly<Record<string, Client>>
  readonly pins: Readonly<Record<string, Pin>>
  /** What was told of matters that are not over, by their keys. */
  readonly notices: Readonly<Record<string, ToldNotice>>
}

export const initialState: State = { credentials: {}, orders: {}, clients: {}, pins: {}, notices: {} }

/**
 * The state after one more event; the very same object when the event changes nothing. Each event touches one entity, so
 * the order of different streams does not matter.
 */
export function evolve(state: State, event: FoldedEvent): State {
  const credentials = evolveCredentials(state.credentials, event)
  const orders = evolveOrders(state.orders, event)
  const clients = evolveClients(state.clients, event)
  const pins = evolvePins(state.pins, event)
  const notices = evolveNotices(state.notices, event)
  const same =
    credentials === state.credentials &&
    orders === state.orders &&
    clients === state.clients &&
    pins === state.pins &&
    notices === state.notices
  return same ? state : { credentials, orders, clients, pins, notices }
}

const text = z.string()
const count = z.int()
const moment = z.int().nullable()
const cooldown = z.strictObject({ model: text.nullable(), since: count, until: count, refusals: count })
const credential = z.strictObject({
  profileId: text,
  provider: text,
  kind: z.enum(credentialKinds),
  source: z.strictObject({ kind: text, name: text }),
  fingerprint: text,
  agent: text.nullable(),
  version: count,
  addedAt: count,
  issuedAt: count,
  expiresAt: moment,
  announced: z.strictObject({ expiring: moment, expired: moment }),
  disabled: z.strictObject({ reason: z.enum(disabledReasons), since: count, retryAt: moment }).nullable(),
  refreshFailed: z.strictObject({ since: count, error: text }).nullable(),
  restrictedTo: z.enum(restrictions).nullable(),
  cooldowns: z.record(text, cooldown),
})
const order = z.strictObject({ agent: text, provider: text, profileIds: z.array(text), version: count })
const client = z.strictObject({ name: text, tokenHash: text, issuedAt: count, boundToPid: moment, version: count })
const pin = z.strictObject({
  session: text,
  agent: text,
  model: text,
  profileId: text.nullable(),
  pinnedAt: count,
  version: count,
})
const notice = z.strictObject({
  key: text,
  kind: text,
  profileId: text.optional(),
  provider: text.optional(),
  until: moment,
  channels: z.record(text, z.strictObject({ firstAt: count, lastAt: count, times: count })),
})
const stateShape = z.strictObject({
  credentials: z.record(text, credential),
  orders: z.record(text, order),
  clients: z.record(text, client),
  pins: z.record(text, pin),
  notices: z.record(text, notice),
})

/** The state of a snapshot, null when it has not the shape of one: it is then folded from the events instead. */
export function parseState(snapshot: unknown): State | null {
  const { success } = stateShape.safeParse(snapshot)
  // The input and not the parser's copy, which would lose a model called __proto__. Ids are those that were branded
  // when the snapshot was written.
  return success ? (snapshot as State) : null
}
