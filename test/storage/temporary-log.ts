// Logs in temporary directories, gone after the test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { AppendOutcome, NewEvent, OpenedLog } from '../../src/storage/event-log.ts'
import { openEventLog } from '../../src/storage/open-event-log.ts'
import { openStorage, type Storage } from '../../src/storage/open-storage.ts'
import type { EncodedAppend } from '../../src/storage/append.ts'
import { TraseError } from '../../src/errors.ts'

export const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url))
export const builtThread = new URL('../../dist/storage-thread.cjs', import.meta.url)

/** An instant that all events of these tests have, unless they say otherwise. */
export const someTime = Date.UTC(2026, 0, 2, 3, 4, 5)

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-storage-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function databaseIn(directory: string): string {
  return join(directory, 'traseai.db')
}

interface Options {
  readonly foldVersion?: number
  readonly threadEntry?: URL | string
  readonly migrationsDir?: string
  /** Milliseconds since the epoch. */
  readonly openedAt?: number
}

/** The log as the daemon has it, on the built storage thread; closed after the test. */
export async function openLog(databasePath: string, options: Options = {}): Promise<OpenedLog> {
  const opened = await openEventLog({
    databasePath,
    migrationsDir,
    threadEntry: builtThread,
    foldVersion: 1,
    now: () => someTime,
    ...options,
  })
  onTestFinished(() => opened.log.close().catch(() => undefined)) // a test may have ended the thread on purpose
  return opened
}

/** The synchronous core, without a thread; closed after the test. */
export function openCore(databasePath: string, options: Options = {}): Storage {
  const storage = openStorage({ databasePath, migrationsDir, foldVersion: 1, openedAt: someTime, ...options })
  onTestFinished(() => storage.close())
  return storage
}

export function anEvent(change: Partial<NewEvent> = {}): NewEvent {
  const data = { profileId: 'anthropic:default', reason: 'user' }
  return { type: 'CredentialEnabled', schema: 1, at: someTime, actor: { kind: 'cli' }, cause: null, data, ...change }
}

/** An append as the core takes it. */
export function encoded(stream: string, expectedVersion: number, events: readonly NewEvent[]): EncodedAppend {
  const encodedEvents = events.map((event) => ({
    ...event,
    actor: JSON.stringify(event.actor),
    data: JSON.stringify(event.data),
  }))
  return { stream, expectedVersion, events: encodedEvents }
}

/** The outcome of one append to the core. */
export function appendTo(
  storage: Storage,
  stream: string,
  version: number,
  event: NewEvent = anEvent(),
): AppendOutcome {
  const [outcome] = storage.append([encoded(stream, version, [event])])
  if (outcome === undefined || outcome instanceof TraseError) throw outcome ?? new Error('no outcome')
  return outcome
}

/** The TraseError that `work` fails with. */
export async function refusalOf(work: () => unknown): Promise<TraseError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof TraseError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
