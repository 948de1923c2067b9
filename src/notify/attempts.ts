// How often a channel that fails is tried again: each by itself, ever more seldom, and not for ever.
import { putRecent } from '../domain/put-recent.ts'
import type { Channel } from '../domain/notice-channel.ts'
import type { Delivery } from './delivery.ts'

const secondMs = 1_000
const minuteMs = 60_000
/** The waits between attempts; the last one repeats. */
const waitsMs = [
  5 * secondMs,
  15 * secondMs,
  30 * secondMs,
  minuteMs,
  2 * minuteMs,
  5 * minuteMs,
  10 * minuteMs,
  15 * minuteMs,
] as const
const waitMsMax = 15 * minuteMs
/** What a server asks for is heard up to here. */
const retryAfterMsMax = 3_600_000
/** After so long, and after so many, only something new is a reason to try again. */
const tryingMsMax = 7 * 86_400_000
const triesMax = 1_000
/** As many as traseai.json has room for, and names that were changed. */
const channelsMax = 100

/** Times are of a clock that only grows, in milliseconds, unless they say otherwise. */
export interface ChannelState {
  /** As JSON: with other settings everything begins anew. */
  readonly settings: string
  readonly isBusy: boolean
  /** Failures in a row. */
  readonly failures: number
  readonly failingSince: number
  /** Null when nothing is waited for. */
  readonly retryAt: number | null
  readonly hasGivenUp: boolean
  /** The matters that it failed to tell. */
  readonly failed: ReadonlySet<string>
  /** Why the last attempt failed; null after a success. `at` in epoch milliseconds. */
  readonly trouble: { readonly reason: string; readonly at: number } | null
  /** Epoch milliseconds; null before the first success of this process. */
  readonly toldAt: number | null
}

export interface Attempts {
  of(channel: Channel): ChannelState
  /** Whether to tell these matters now. */
  mayTry(channel: Channel, keys: readonly string[], nowMs: number): boolean
  begin(channel: Channel): void
  /** There was nothing left to tell. */
  cancel(channel: Channel): void
  end(channel: Channel, keys: readonly string[], delivery: Delivery, moment: Moment): void
  /** The network may be back: the waits of all are over. */
  wake(nowMs: number): void
  /** The next moment at which a wait ends; Infinity for none. */
  nextAt(nowMs: number): number
}

export interface Moment {
  readonly monotonicMs: number
  /** Epoch milliseconds. */
  readonly now: number
}

export function openAttempts(): Attempts {
  const states = new Map<string, ChannelState>()

  function of(channel: Channel): ChannelState {
    const settings = JSON.stringify(channel.settings)
    const known = states.get(channel.name)
    return known?.settings === settings ? known : { ...fresh, settings, isBusy: known?.isBusy ?? false }
  }

  function change(channel: Channel, patch: Partial<ChannelState>): void {
    putRecent(states, channel.name, { ...of(channel), ...patch }, channelsMax)
  }

  return {
    of,
    mayTry(channel, keys, nowMs) {
      const { isBusy, hasGivenUp, failed, retryAt } = of(channel)
      if (isBusy) return false
      if (hasGivenUp) return keys.some((key) => !failed.has(key))
      return retryAt === null || retryAt <= nowMs
    },
    begin: (channel) => change(channel, { isBusy: true }),
    cancel: (channel) => change(channel, { isBusy: false, retryAt: null }),
    end(channel, keys, delivery, { monotonicMs, now }) {
      if (delivery.ok) {
        return change(channel, { ...fresh, settings: of(channel).settings, isBusy: false, toldAt: now })
      }
      const before = of(channel)
      const failures = before.failures + 1
      const failingSince = before.failures === 0 || before.hasGivenUp ? monotonicMs : before.failingSince
      const hasGivenUp = monotonicMs - failingSince >= tryingMsMax || failures >= triesMax
      change(channel, {
        isBusy: false,
        failures: before.hasGivenUp ? 1 : failures,
        failingSince,
        hasGivenUp,
        retryAt: hasGivenUp ? null : monotonicMs + waitAfter(failures, delivery),
        failed: new Set(keys),
        trouble: { reason: delivery.reason, at: now },
      })
    },
    wake(nowMs) {
      for (const [name, state] of states) if (state.retryAt !== null) states.set(name, { ...state, retryAt: nowMs })
    },
    nextAt(nowMs) {
      const moments = [...states.values()].map(({ retryAt }) => retryAt ?? Infinity)
      // One that is over waits for something to tell, or for the end of quiet hours: the usual look finds that.
      return Math.min(Infinity, ...moments.filter((at) => at > nowMs))
    },
  }
}

const fresh: Omit<ChannelState, 'settings' | 'isBusy'> = {
  failures: 0,
  failingSince: 0,
  retryAt: null,
  hasGivenUp: false,
  failed: new Set(),
  trouble: null,
  toldAt: null,
}

function waitAfter(failures: number, delivery: Extract<Delivery, { ok: false }>): number {
  const usualMs = delivery.isLasting ? waitMsMax : (waitsMs[failures - 1] ?? waitMsMax)
  return Math.max(usualMs, Math.min(delivery.retryAfterMs ?? 0, retryAfterMsMax))
}
