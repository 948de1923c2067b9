// An event as the socket shows it: today's version of its data, its instant in ISO 8601.
import { decodeEvent, eventTable, isoInstant, type RecordedEvent, type StoredEvent } from '../domain/events.ts'
import type { WireEvent } from '../protocol/contract.ts'

/** @throws TraseError what `decodeEvent` refuses */
export function wireEventOfStored(stored: StoredEvent): WireEvent {
  return wireEventOf(decodeEvent(stored))
}

function wireEventOf(event: RecordedEvent): WireEvent {
  const { position, stream, version, type, at, actor, cause, data } = event
  return { position, stream, version, type, schema: eventTable[type].schema, at: isoInstant(at), actor, cause, data }
}

const lines = new WeakMap<RecordedEvent, string>()

/** The notification `audit.event` as a line. Made once for each event, however many subscribers there are. */
export function eventLine(event: RecordedEvent): string {
  const known = lines.get(event)
  if (known !== undefined) return known
  const line = `${JSON.stringify({ jsonrpc: '2.0', method: 'audit.event', params: wireEventOf(event) })}\n`
  lines.set(event, line)
  return line
}
