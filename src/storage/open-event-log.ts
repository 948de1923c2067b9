// Opens the event log behind its port: speaks the language of the storage thread.
import type { Rewrapped } from '../domain/sealed-secret.ts'
import { TraseError } from '../errors.ts'
import type { EncodedAppend } from './append.ts'
import {
  readLimitMax,
  type AppendRequest,
  type EventLog,
  type OpenedLog,
  type ReadRequest,
  type Snapshot,
} from './event-log.ts'
import { eventOfRow } from './event-row.ts'
import type { Opening } from './open-storage.ts'
import type { EncodedSnapshot } from './snapshots.ts'
import { startStorageThread, type StorageThreadOptions } from './start-thread.ts'
import type { ThreadCalls } from './thread-calls.ts'

/** Events are facts about credentials, some hundred bytes each; the longest is an order of many. */
const eventCharsMax = 262_144

/**
 * Opens the log, creating or migrating the database first. Nothing is written to a database that is refused.
 * @param thread one that was started already, with the same options
 * @throws TraseError `database_not_ours`, `database_corrupt`, `database_newer`, `home_unwritable`, `disk_full`,
 * `file_unreadable` (the migrations), `storage_failed`
 */
export async function openEventLog(
  options: StorageThreadOptions,
  thread: ThreadCalls = startStorageThread(options),
): Promise<OpenedLog> {
  const { databasePath, now } = options
  const opening = await thread.opening.catch(async (error: unknown) => {
    await thread.ended // so that the file is closed when the caller hears of it
    throw error
  })
  const log = eventLog(thread, now)
  try {
    return { log, ...decodeOpening(opening, databasePath) }
  } catch (error) {
    await log.close()
    throw error
  }
}

function decodeOpening(opening: Opening, databasePath: string): Omit<OpenedLog, 'log'> {
  const snapshot = opening.snapshot && decodeSnapshot(opening.snapshot, databasePath)
  return { ...opening, snapshot, tail: opening.tail.map(eventOfRow) }
}

function eventLog(thread: ThreadCalls, now: () => number): EventLog {
  let closed: Promise<void> | undefined
  const call: ThreadCalls['call'] = (method, argument) => {
    if (closed) return Promise.reject(new TraseError('storage_failed', 'the event log is closed'))
    return thread.call(method, argument)
  }
  return {
    append: async (request) => call('append', encodeAppend(request)),
    read: async (request) => (await call('read', checkedRead(request))).map(eventOfRow),
    streamVersion: (stream) => call('streamVersion', stream),
    saveSnapshot: async ({ position, foldVersion, state }) =>
      call('saveSnapshot', { position, foldVersion, at: now(), state: JSON.stringify(state) }),
    saveUsage: (rollups) => call('saveUsage', rollups),
    saveUsageHistory: (rows) => call('saveUsageHistory', rows),
    readUsageHistory: (question) => call('readUsageHistory', question),
    readSecrets: () => call('readSecrets', undefined),
    saveVaultKey: (key, rewrapped) => call('saveVaultKey', { key, rewrapped: rewrapped.map(inOwnMemory) }),
    close() {
      closed ??= thread.call('close', undefined).then(() => thread.ended)
      return closed
    },
  }
}

/** JSON is written here, so that what cannot be written fails its own call, and text crosses to the thread cheaply. */
function encodeAppend({ stream, expectedVersion, events, sealed }: AppendRequest): EncodedAppend {
  if (events.length === 0) throw new TraseError('internal', `an append to ${stream} without events`)
  return {
    stream,
    expectedVersion,
    ...(sealed && { sealed: { ...inOwnMemory(sealed), sealed: new Uint8Array(sealed.sealed) } }),
    events: events.map(({ type, schema, at, actor, cause, data }) => {
      const text = JSON.stringify(data)
      if (text.length > eventCharsMax) {
        throw new TraseError(
          'usage',
          `a ${type} of ${text.length} characters is too long: ${eventCharsMax} are the limit`,
        )
      }
      return { type, schema, at, cause, actor: JSON.stringify(actor), data: text }
    }),
  }
}

/** A Buffer is a window onto a pool that it shares with others, keys perhaps, and the whole of it would cross to the thread. */
function inOwnMemory<T extends Rewrapped>(secret: T): T {
  return { ...secret, wrappedKey: new Uint8Array(secret.wrappedKey) }
}

function checkedRead(request: ReadRequest): ReadRequest {
  const { limit } = request
  if (Number.isInteger(limit) && limit >= 1 && limit <= readLimitMax) return request
  throw new TraseError('usage', `limit ${limit} is not between 1 and ${readLimitMax}`)
}

function decodeSnapshot({ position, foldVersion, state }: EncodedSnapshot, databasePath: string): Snapshot {
  try {
    return { position, foldVersion, state: JSON.parse(state) as unknown }
  } catch (error) {
    throw new TraseError('database_corrupt', `snapshot ${position} of ${databasePath} cannot be read`, { cause: error })
  }
}
