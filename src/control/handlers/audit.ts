// Handlers about the history: pages of it, one event, and every event from now on.
import { eventTable } from '../../domain/events.ts'
import { suggestionOr } from '../../domain/suggest.ts'
import { quoted, TraseError } from '../../errors.ts'
import type { ParsedParams, WireEvent } from '../../protocol/contract.ts'
import { lineBytesMax } from '../../protocol/line-framing.ts'
import type { ReadRequest } from '../../storage/event-log.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { wireEventOfStored } from '../wire-event.ts'

const pageEventsDefault = 100
/** A page ends early rather than outgrow its line; the rest of the line holds the envelope. */
const pageBytesMax = lineBytesMax - 16_384

export const auditHandlers = {
  'audit.log': page,
  'audit.get': async ({ position }, { deps }) => {
    const [stored] = await deps.log.read({ after: position - 1, limit: 1, order: 'asc' })
    if (stored?.position === position) return wireEventOfStored(stored)
    throw new TraseError('not_found', `there is no event ${position}`, { hint: `the newest is ${deps.position()}` })
  },
  'audit.subscribe': ({ after }, { deps, caller }) => {
    const newest = deps.position()
    if (after !== undefined && after > newest) {
      const hint = 'a position from another history? leave `after` out to begin with the next event'
      throw new TraseError('usage', `position ${after} lies beyond the newest event ${newest}`, { hint })
    }
    caller.subscribe(after ?? newest)
    return { after: after ?? newest }
  },
} as const satisfies Handlers<'audit.log' | 'audit.get' | 'audit.subscribe'>

async function page(params: ParsedParams<'audit.log'>, { deps }: CallContext): Promise<Answer<'audit.log'>> {
  const { limit = pageEventsDefault, order = 'desc' } = params
  const stored = await deps.log.read({ ...filterOf(params), limit, order })
  const events: WireEvent[] = []
  let bytesLeft = pageBytesMax
  for (const each of stored) {
    const event = wireEventOfStored(each)
    bytesLeft -= Buffer.byteLength(JSON.stringify(event)) + 1
    if (bytesLeft < 0 && events.length > 0) break
    events.push(event)
  }
  const last = events.at(-1)
  const isFull = events.length === limit || events.length < stored.length
  return { events, ...(last && isFull ? { next: last.position } : {}) }
}

function filterOf(params: ParsedParams<'audit.log'>): Omit<ReadRequest, 'limit' | 'order'> {
  const { profileId, provider, type, since, until, after } = params
  if (type !== undefined && !Object.hasOwn(eventTable, type)) {
    const hint = suggestionOr(type, Object.keys(eventTable), `known types: ${Object.keys(eventTable).join(', ')}`)
    throw new TraseError('not_found', `event type ${quoted(type)} not found`, { hint })
  }
  return {
    ...(profileId === undefined ? {} : { stream: `credential:${profileId}` }),
    ...(provider === undefined ? {} : { provider }),
    ...(type === undefined ? {} : { type }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
    ...(after === undefined ? {} : { after }),
  }
}
