// Inspects a database on a thread of its own, so that neither the event log nor anything else waits for it.
import { Worker } from 'node:worker_threads'
import { messageOf, TraseError } from '../errors.ts'
import { version } from '../version.ts'
import type { InspectionOptions, LookOptions, PlainError, Reply } from './thread-messages.ts'

const resourceLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 }

export interface Inspection {
  /** See `inspectDatabase`. @throws TraseError what it throws, `storage_failed` when the thread ended without an answer */
  readonly problems: Promise<readonly string[] | null>
  /** Ends the thread; what it reads at this moment it still finishes. */
  end(): Promise<void>
}

/**
 * @param threadEntry the bundled thread.ts
 * @param isOpenHere this process has the database open
 */
export function startInspection(databasePath: string, threadEntry: URL | string, isOpenHere: boolean): Inspection {
  const options: InspectionOptions = { program: version, inspect: databasePath, isOpenHere }
  const { value, end } = askThread<readonly string[] | null>(databasePath, threadEntry, options)
  return { problems: value, end }
}

/** One question about a database to a thread of its own. */
export function askThread<T>(
  databasePath: string,
  threadEntry: URL | string,
  workerData: InspectionOptions | LookOptions,
): { readonly value: Promise<T>; readonly end: () => Promise<void> } {
  const worker = new Worker(threadEntry, { name: 'inspection', workerData, env: {}, execArgv: [], resourceLimits })
  const value = new Promise<T>((resolve, reject) => {
    worker.once('message', (reply: Reply<T>) =>
      'error' in reply ? reject(revived(reply.error)) : resolve(reply.value),
    )
    worker.once('error', (cause) =>
      reject(new TraseError('storage_failed', `${databasePath} could not be checked: ${messageOf(cause)}`, { cause })),
    )
    worker.once('exit', () =>
      reject(new TraseError('storage_failed', `${databasePath} could not be checked to the end`)),
    )
  })
  return { value, end: async () => void (await worker.terminate()) }
}

function revived({ code, message, hint, data }: PlainError): TraseError {
  return new TraseError(code, message, { hint, ...(data && { data }) })
}
