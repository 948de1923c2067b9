// Appends events at expected versions: all that waits goes into one transaction, so into one wait for the disk.
import type { Database } from 'better-sqlite3'
import type { TraseError } from '../errors.ts'
import type { AppendOutcome, AppendRequest, NewEvent } from './event-log.ts'
import { openFileInPlace } from './file-in-place.ts'
import { openLastPosition } from './last-position.ts'
import type { Scrub } from './scrub.ts'
import { openKeepSecret } from './secrets.ts'
import { isFaultOfItsValues, storageError } from './storage-errors.ts'
import { openStreamVersion } from './stream-version.ts'

/** A `NewEvent` as it crosses to the thread: its JSON is text already. */
export type EncodedEvent = Omit<NewEvent, 'actor' | 'data'> & { readonly actor: string; readonly data: string }
export type EncodedAppend = Omit<AppendRequest, 'events'> & { readonly events: readonly EncodedEvent[] }

/** Answers in the order of the requests; an error stands for a request of which nothing was written. */
export type Append = (requests: readonly EncodedAppend[]) => (AppendOutcome | TraseError)[]

/**
 * Prepares the statements. The appender writes the requests in their order in one durable commit. A conflict is answered
 * without harm to the others; a commit that fails takes all of them back, and the next call starts afresh.
 */
export function openAppend(database: Database, scrub: Scrub): Append {
  const insert = database.prepare(
    'INSERT INTO events (position, stream, version, type, schema, at, actor, cause, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const lastPosition = openLastPosition(database)
  const streamVersion = openStreamVersion(database)
  const secrets = openKeepSecret(database)
  const checkInPlace = openFileInPlace(database.name)

  const insertAll = database.transaction((requests: readonly EncodedAppend[]): (AppendOutcome | TraseError)[] => {
    let position = lastPosition()
    return requests.map(({ stream, expectedVersion, events, sealed }) => {
      let version = streamVersion(stream)
      if (version !== expectedVersion) return { outcome: 'conflict', actualVersion: version }
      const refusal = sealed && secrets.refusal(sealed)
      if (refusal) return refusal
      const firstPosition = position + 1
      for (const { type, schema, at, actor, cause, data } of events) {
        position += 1
        version += 1
        insert.run(position, stream, version, type, schema, at, actor, cause, data)
      }
      if (sealed) secrets.keep(sealed)
      return { outcome: 'appended', firstPosition }
    })
  })

  const append: Append = (requests) => {
    try {
      checkInPlace()
      const outcomes = insertAll.immediate(requests)
      scrub.afterCommit()
      return outcomes
    } catch (error) {
      // One request with values that no table takes must not cost the others theirs.
      if (requests.length > 1 && isFaultOfItsValues(error)) return requests.flatMap((request) => append([request]))
      const failure = storageError(error, `cannot append to ${database.name}`, database.name)
      return requests.map(() => failure)
    }
  }
  return append
}
