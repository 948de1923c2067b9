// Starts the thread of one backup or restore, and asks it one question after the other.
import { Worker } from 'node:worker_threads'
import { messageOf, TraseError } from '../errors.ts'
import type { Answer, QuestionName, QuestionTable } from './messages.ts'

/** The state of a home and the files of its agents are in it at once; a defect ends the thread and not the gateway. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

export interface BackupThread {
  /** @throws TraseError what the thread answered, `storage_failed` when it is gone */
  ask<N extends QuestionName>(ask: N, argument: QuestionTable[N]['argument']): Promise<QuestionTable[N]['value']>
  /** Resolves when it has ended; what SQLite does at this moment it still finishes. */
  end(): Promise<void>
}

/** @param threadEntry the bundled thread.ts */
export function startBackupThread(threadEntry: string): BackupThread {
  // No environment: the thread needs none, and the process's may hold keys.
  const worker = new Worker(threadEntry, { name: 'backup', env: {}, execArgv: [], resourceLimits })
  const waiting: { resolve(value: never): void; reject(error: TraseError): void }[] = [] // in the order of the answers
  let gone: TraseError | null = null

  function fail(why: string, cause?: unknown): void {
    gone ??= new TraseError('storage_failed', `the backup could not go on: ${why}`, { cause })
    for (const { reject } of waiting.splice(0)) reject(gone)
  }

  worker.on('message', (answer: Answer) => {
    const asked = waiting.shift()
    if ('value' in answer) asked?.resolve(answer.value as never) // the thread answers each question with its value
    else asked?.reject(new TraseError(answer.error.code, answer.error.message, withoutCode(answer.error)))
  })
  worker.on('error', (error) => fail(messageOf(error), error))
  worker.on('exit', () => fail('its thread has ended'))

  return {
    ask: (ask, argument) => {
      if (gone) return Promise.reject(gone)
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        worker.postMessage({ ask, argument })
      })
    },
    end: async () => void (await worker.terminate()),
  }
}

function withoutCode({
  hint,
  data,
}: Extract<Answer, { error: unknown }>['error']): ConstructorParameters<typeof TraseError>[2] {
  return { hint, ...(data && { data }) }
}
