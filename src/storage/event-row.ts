// Turns a row of the log into an event: checks what the table does not.
import { actorSchema, type StoredEvent } from '../domain/events.ts'
import { TraseError } from '../errors.ts'

/** The columns of an event, in the order in which they are selected; actor and data are JSON text. */
export type EventRow = readonly [
  position: number,
  stream: string,
  version: number,
  type: string,
  schema: number,
  at: number,
  actor: string,
  cause: number | null,
  data: string,
]

/** @throws TraseError `database_corrupt` for JSON that is none, or an actor that is none. */
export function eventOfRow([position, stream, version, type, schema, at, actor, cause, data]: EventRow): StoredEvent {
  try {
    const parsedActor = actorSchema.parse(JSON.parse(actor))
    return { position, stream, version, type, schema, at, actor: parsedActor, cause, data: JSON.parse(data) as unknown }
  } catch (error) {
    throw new TraseError('database_corrupt', `event ${position} (${type}) cannot be read`, { cause: error })
  }
}
