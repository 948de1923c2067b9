// Inspects a database on a thread of its own, so that neither the event log nor anything else waits for it.
import { Worker } from 'node:worker_threads'
import { messageOf, TraseError } from '../errors.ts'
import type { InspectionOptions, PlainError, Reply } from './thread-messages.ts'

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
  const workerData: InspectionOptions = { inspect: databasePath, isOpenHere }
  const worker = new Worker(threadEntry, { name: 'inspection', workerData, env: {}, execArgv: [], resourceLimits })
  const problems = new Promise<readonly string[] | null>((resolve, reject) => {
    worker.once('message', (reply: Reply<readonly string[] | null>) =>
      'error' in reply ? reject(revived(reply.error)) : resolve(reply.value),
    )
    worker.once('error', (cause) =>
      reject(new TraseError('storage_failed', `${databasePath} could not be checked: ${messageOf(cause)}`, { cause })),
    )
    worker.once('exit', () =>
      reject(new TraseError('storage_failed', `${databasePath} could not be checked to the end`)),
    )
  })
  return { problems, end: async () => void (await worker.terminate()) }
}

function revived({ code, message, hint, data }: PlainError): TraseError {
  return new TraseError(code, message, { hint, ...(data && { data }) })
}
