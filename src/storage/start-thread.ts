// Starts the storage thread. Apart from the rest, because it loads in a moment: the thread opens while the caller still loads.
import { Worker } from 'node:worker_threads'
import { version } from '../version.ts'
import { connectThread, type ThreadCalls } from './thread-calls.ts'
import type { ThreadOptions } from './thread-messages.ts'

export interface StorageThreadOptions {
  readonly databasePath: string
  /** The directory of the numbered SQL files. */
  readonly migrationsDir: string
  /** The bundled thread.ts. */
  readonly threadEntry: URL | string
  /** Which snapshots the caller can read; see domain/fold-version.ts. */
  readonly foldVersion: number
  /** Milliseconds since the epoch. */
  now(): number
}

/** Room for a batch of the largest events; a defect ends the thread with an error instead of eating the machine. */
const resourceLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 }

/** Begins to open the database; what it was refused with is for whoever opens the log. */
export function startStorageThread(options: StorageThreadOptions): ThreadCalls {
  const { databasePath, migrationsDir, threadEntry, foldVersion, now } = options
  const workerData: ThreadOptions = { program: version, databasePath, migrationsDir, foldVersion, openedAt: now() }
  // No environment: the thread needs none, and the process's may hold keys.
  const worker = new Worker(threadEntry, { name: 'storage', workerData, env: {}, execArgv: [], resourceLimits })
  const thread = connectThread(worker)
  thread.opening.catch(() => undefined) // heard by openEventLog, perhaps a moment after it happened
  return thread
}
