// A limit to how long providers are asked: a time for all questions of a call together, or whoever asked leaves.
import type { Host } from '../../host.ts'

export interface TimeLimit {
  /** Resolves when the limit is reached; never rejects. */
  readonly over: Promise<void>
  isOver(): boolean
  /** Everything was answered in time. */
  close(): void
}

export function openTimeLimit(host: Pick<Host, 'setTimer'>, timeoutMs: number, signal: AbortSignal): TimeLimit {
  let isOver = signal.aborted
  let finish: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    finish = () => {
      isOver = true
      resolve()
    }
  })
  const timer = host.setTimer(timeoutMs, finish)
  if (signal.aborted) finish()
  else signal.addEventListener('abort', finish)
  return {
    over,
    isOver: () => isOver,
    close() {
      timer.cancel()
      signal.removeEventListener('abort', finish)
    },
  }
}
