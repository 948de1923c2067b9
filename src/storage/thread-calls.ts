// The main thread's end of the storage thread: sends calls in batches, hands out the replies in order.
import type { Worker } from 'node:worker_threads'
import { TraseError, messageOf } from '../errors.ts'
import { appendsWaitingMax } from './event-log.ts'
import {
  callsPerMessageMax,
  type Call,
  type CallTable,
  type Method,
  type OpeningReply,
  type PlainError,
  type Reply,
} from './thread-messages.ts'
import type { Opening } from './open-storage.ts'

export interface ThreadCalls {
  /** What the thread read while it opened. @throws TraseError what it was refused with */
  readonly opening: Promise<Opening>
  /** @throws TraseError what the thread failed with, `busy`, `storage_failed` when the thread is gone */
  call<M extends Method>(method: M, argument: CallTable[M]['argument']): Promise<CallTable[M]['value']>
  /** Resolves when the thread has ended, however it did. */
  readonly ended: Promise<void>
  /** Ends a thread that nobody has closed; nothing happens to one that has ended. */
  end(): Promise<void>
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: TraseError) => void
}

/** Takes over the messages of a worker that runs thread.ts. */
export function connectThread(worker: Worker): ThreadCalls {
  const waiting: Waiting[] = [] // in the order of the replies to come
  let outbox: Call[] = []
  let gone: TraseError | undefined

  const flush = (): void => {
    for (let sent = 0; sent < outbox.length; sent += callsPerMessageMax) {
      worker.postMessage(outbox.slice(sent, sent + callsPerMessageMax))
    }
    outbox = []
  }
  const call = <M extends Method>(method: M, argument: CallTable[M]['argument']): Promise<CallTable[M]['value']> => {
    if (gone) return Promise.reject(gone)
    if (waiting.length >= appendsWaitingMax && method !== 'close') {
      return Promise.reject(new TraseError('busy', `${waiting.length} calls are waiting for the event log already`))
    }
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      if (outbox.length === 0) setImmediate(flush) // after all that this turn of the loop still has to ask
      outbox.push({ method, argument } as Call) // CallTable pairs them, which the union of Call cannot express
    })
  }

  let cause: unknown
  worker.on('error', (error) => {
    cause = error
  })
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      const why = cause === undefined ? '' : `: ${messageOf(cause)}`
      gone = new TraseError('storage_failed', `the storage thread has ended${why}`, { cause })
      outbox = []
      for (const { reject } of waiting.splice(0)) reject(gone)
      resolve()
    })
  })
  const opening = new Promise<Opening>((resolve, reject) => {
    waiting.push({ resolve, reject }) // the first message answers a call that nobody had to send
  })
  worker.on('message', (message: OpeningReply | Reply[]) => {
    const replies = Array.isArray(message) ? message : [message]
    const callers = waiting.splice(0, replies.length)
    for (const [index, { resolve, reject }] of callers.entries()) {
      const reply = replies[index] as Reply<never> // as many replies as callers, each with the value of its method
      if ('error' in reply) reject(revived(reply.error))
      else resolve(reply.value)
    }
  })
  return { opening, call, ended, end: async () => void (await worker.terminate()) }
}

function revived({ code, message, hint, data }: PlainError): TraseError {
  return new TraseError(code, message, { hint, ...(data && { data }) })
}
