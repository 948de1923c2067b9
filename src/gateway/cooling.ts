// What happens while every candidate is cooling: requests that may wait, one trial at a time, and the refusal the others get.
import type { ProfileId } from '../domain/ids.ts'
import { putRecent } from '../domain/put-recent.ts'
import type { Limited, Trial } from '../domain/standing.ts'
import type { Host } from '../host.ts'
import { decodeBody } from './decode-body.ts'
import { withoutHeaders } from './raw-headers.ts'
import type { Answer } from './upstream/answer.ts'

/** Requests that wait for a reset; the next one is refused at once. */
const waitingMax = 1_000
/** Refusals that are kept for others, the one unused longest is forgotten first. */
const refusalsMax = 64
const refusalBytesMax = 16_384
/** Cooldowns whose fallback was announced. */
const fallbacksMax = 256

export interface KeptRefusal {
  readonly status: number
  readonly reason: string
  readonly headers: readonly string[]
  readonly body: Buffer
}

export interface Cooling {
  /**
   * Resolves after `delayMs`, when one of these trials ends, or early when `cancel` is called; null when too many wait already. Those that
   * wait for the same trial go on in the order in which they began to.
   */
  wait(delayMs: number, trials: readonly string[]): { readonly over: Promise<void>; cancel(): void } | null
  waiting(): number
  /** The way to end the trial; null while another one with this key is under way. */
  beginTrial(key: string): (() => void) | null
  readonly isOnTrial: (trial: Trial) => boolean
  /** True the first time that money is spent because of this cooldown. */
  isNewFallback(limited: Limited): boolean
  /** Keeps a complete refusal that is small enough, as everybody can read it. */
  keep(profileId: ProfileId, model: string | null, answer: Answer): void
  kept(profileId: ProfileId, model: string | null): KeptRefusal | undefined
}

export function openCooling(host: Pick<Host, 'setTimer'>): Cooling {
  /** By key: those who wait for its end, in the order in which they came. */
  const trials = new Map<string, Set<() => void>>()
  const refusals = new Map<string, KeptRefusal>()
  const fallbacks = new Map<string, true>()
  let waiting = 0

  return {
    wait(delayMs, keys) {
      if (waiting >= waitingMax) return null
      waiting++
      const awaited = keys.flatMap((key) => trials.get(key) ?? [])
      let cancel: () => void = () => undefined
      const over = new Promise<void>((resolve) => {
        const finish = (): void => {
          waiting--
          timer.cancel()
          for (const waiters of awaited) waiters.delete(finish)
          cancel = () => undefined
          resolve()
        }
        const timer = host.setTimer(delayMs, finish)
        for (const waiters of awaited) waiters.add(finish)
        cancel = finish
      })
      return { over, cancel: () => cancel() }
    },
    waiting: () => waiting,
    beginTrial(key) {
      if (trials.has(key)) return null
      const waiters = new Set<() => void>()
      trials.set(key, waiters)
      return () => {
        if (trials.get(key) === waiters) trials.delete(key)
        for (const goOn of waiters) goOn()
      }
    },
    isOnTrial: ({ key }) => trials.has(key),
    isNewFallback({ profileId, until }) {
      const key = `${profileId}\n${until}`
      const isNew = !fallbacks.has(key)
      putRecent(fallbacks, key, true, fallbacksMax)
      return isNew
    },
    keep(profileId, model, answer) {
      const bytes = answer.held.reduce((sum, chunk) => sum + chunk.length, 0)
      if (answer.status < 400 || !answer.isComplete() || bytes > refusalBytesMax) return
      const kept = refusalForAll(answer)
      if (kept !== null) putRecent(refusals, keyOf(profileId, model), kept, refusalsMax)
    },
    kept: (profileId, model) => refusals.get(keyOf(profileId, model)),
  }
}

const keyOf = (profileId: ProfileId, model: string | null): string => `${profileId}\n${model ?? ''}`

/** What says how the body of one client's answer was written. */
const ofTheBody: ReadonlySet<string> = new Set(['content-length', 'content-encoding'])

/**
 * The refusal in the clear and with its true length: the next client may take no compressed answers. Null without a body, as the answer
 * to a HEAD is (its length is that of another answer), and for one that cannot be decoded.
 */
function refusalForAll({ status, reason, headers, held, contentEncoding }: Answer): KeptRefusal | null {
  const body = decodeBody(Buffer.concat(held), contentEncoding)
  if (body.length === 0 || body.length > refusalBytesMax) return null
  const kept = withoutHeaders(headers, (name) => ofTheBody.has(name))
  return { status, reason, headers: [...kept, 'content-length', String(body.length)], body }
}

/** Statements of an older answer that are not true for another client, or not any more. */
const outdated: ReadonlySet<string> = new Set(['retry-after', 'retry-after-ms', 'date', 'set-cookie'])

/** The headers of a kept refusal with a `retry-after` that is true now. */
export function withRetryAfter(headers: readonly string[], seconds: number): string[] {
  const kept = withoutHeaders(headers, (name) => outdated.has(name))
  return [...kept, 'retry-after', String(seconds)]
}
