// What happens while every candidate is cooling: requests that may wait, one trial at a time, and the refusal the others get.
import type { ProfileId } from '../domain/ids.ts'
import { putRecent } from '../domain/put-recent.ts'
import type { Host } from '../host.ts'
import { withoutHeaders } from './raw-headers.ts'
import type { Answer } from './upstream-answer.ts'

/** Requests that wait for a reset; the next one is refused at once. */
const waitingMax = 1_000
/** Refusals that are kept for others, the one unused longest is forgotten first. */
const refusalsMax = 64
const refusalBytesMax = 16_384

export interface KeptRefusal {
  readonly status: number
  readonly reason: string
  readonly headers: readonly string[]
  readonly body: Buffer
}

export interface Cooling {
  /** Resolves after `delayMs`, or early when `cancel` is called; null when too many wait already. */
  wait(delayMs: number): { readonly over: Promise<void>; cancel(): void } | null
  waiting(): number
  /** The way to end the trial; null while another trial of the same credential and model is under way. */
  beginTrial(profileId: ProfileId, model: string | null): (() => void) | null
  /** Keeps a complete refusal that is small enough. */
  keep(profileId: ProfileId, model: string | null, answer: Answer): void
  kept(profileId: ProfileId, model: string | null): KeptRefusal | undefined
}

export function openCooling(host: Pick<Host, 'setTimer'>): Cooling {
  const trials = new Set<string>()
  const refusals = new Map<string, KeptRefusal>()
  let waiting = 0

  return {
    wait(delayMs) {
      if (waiting >= waitingMax) return null
      waiting++
      let cancel: () => void = () => undefined
      const over = new Promise<void>((resolve) => {
        let isOver = false
        const finish = (): void => {
          if (!isOver) waiting--
          isOver = true
          resolve()
        }
        const timer = host.setTimer(delayMs, finish)
        cancel = () => {
          timer.cancel()
          finish()
        }
      })
      return { over, cancel: () => cancel() }
    },
    waiting: () => waiting,
    beginTrial(profileId, model) {
      const key = keyOf(profileId, model)
      if (trials.has(key)) return null
      trials.add(key)
      return () => void trials.delete(key)
    },
    keep(profileId, model, answer) {
      const bytes = answer.held.reduce((sum, chunk) => sum + chunk.length, 0)
      if (answer.status < 400 || !answer.isComplete() || bytes > refusalBytesMax) return
      const { status, reason, headers } = answer
      const kept = { status, reason, headers, body: Buffer.concat(answer.held) }
      putRecent(refusals, keyOf(profileId, model), kept, refusalsMax)
    },
    kept: (profileId, model) => refusals.get(keyOf(profileId, model)),
  }
}

const keyOf = (profileId: ProfileId, model: string | null): string => `${profileId}\n${model ?? ''}`

/** Statements of an older answer that are not true for another client, or not any more. */
const outdated: ReadonlySet<string> = new Set(['retry-after', 'retry-after-ms', 'date', 'set-cookie'])

/** The headers of a kept refusal with a `retry-after` that is true now. */
export function withRetryAfter(headers: readonly string[], seconds: number): string[] {
  const kept = withoutHeaders(headers, (name) => outdated.has(name))
  return [...kept, 'retry-after', String(seconds)]
}
