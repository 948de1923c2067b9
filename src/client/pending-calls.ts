// Calls that wait for their answers, each with its time limit.
import { TraseError } from '../errors.ts'
import { fromWireError } from '../protocol/wire-error.ts'

/** For a call that says nothing else; a little longer than the gateway's own limit, so that its answer is the one seen. */
const callMsMax = 35_000

export interface PendingCalls {
  add(method: string, timeoutMs?: number): { readonly id: number; readonly answer: Promise<unknown> }
  /** Hands an answer to its call; one that comes after its time limit is dropped. */
  settle(id: number, result: unknown, error: unknown): void
  /** Fails every call that waits, and each that is added from now on. Only the first reason counts. */
  failAll(reason: TraseError): void
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: TraseError) => void
  readonly timer: NodeJS.Timeout
}

export function openPendingCalls(): PendingCalls {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let failed: TraseError | null = null

  function take(id: number): Waiting | undefined {
    const call = waiting.get(id)
    waiting.delete(id)
    if (call) clearTimeout(call.timer)
    return call
  }

  return {
    add(method, timeoutMs = callMsMax) {
      const id = (lastId += 1)
      if (failed) return { id, answer: Promise.reject(failed) }
      const answer = new Promise<unknown>((resolve, reject) => {
        const late = (): TraseError => new TraseError('timeout', `${method} was not answered in ${timeoutMs} ms`)
        const timer = setTimeout(() => take(id)?.reject(late()), timeoutMs)
        waiting.set(id, { resolve, reject, timer })
      })
      return { id, answer }
    },
    settle(id, result, error) {
      const call = take(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(fromWireError(error))
    },
    failAll(reason) {
      failed ??= reason
      for (const id of waiting.keys()) take(id)?.reject(failed)
    },
  }
}
