// Starts the storage thread of a home.
import { join } from 'node:path'
import { foldVersion } from '../domain/fold-version.ts'
import type { Host } from '../host.ts'
import { startStorageThread, type StorageThreadOptions } from '../storage/start-thread.ts'
import type { ThreadCalls } from '../storage/thread-calls.ts'

export interface StartedStorage {
  readonly options: StorageThreadOptions
  readonly thread: ThreadCalls
}

/** The thread begins to open the database; the home must be locked. `packageRoot` is the folder with migrations/ and dist/. */
export function startStorage(host: Host, packageRoot: string): StartedStorage {
  const options: StorageThreadOptions = {
    databasePath: host.paths.database,
    migrationsDir: join(packageRoot, 'migrations'),
    threadEntry: join(packageRoot, 'dist', 'storage-thread.cjs'),
    foldVersion,
    now: () => host.now(),
  }
  return { options, thread: startStorageThread(options) }
}
