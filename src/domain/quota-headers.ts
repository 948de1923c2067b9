// Reads what an answer's headers say is left of the limits, cheaply for the many answers that say nothing.
import { cooldownMsMax } from './cooldown.ts'
import type { QuotaLimit } from './quota.ts'
import { statedLimits } from './reset-time.ts'

/** A statement without a reset is believed for this long. */
const unstatedResetMs = 60_000
/** Fewer left than this is near the end, whatever the whole is. */
const nearEndDigits = 2

/** The headers of an answer about its limits and its date, by lower-case name. */
type QuotaHeaders = ReadonlyMap<string, string>

/** Whether little is left of something: only then it matters to those who do not go by what is left. @param raw names and values, in turn */
export function isNearEnd(raw: readonly string[]): boolean {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = quotaName(raw[i] ?? '')
    if (name?.includes('remaining') && (raw[i + 1] ?? '').length <= nearEndDigits) return true
  }
  return false
}

/** The name in lower case when it is one of `x-ratelimit-…` and `anthropic-ratelimit-…`; most others the first letter tells apart. */
function quotaName(name: string): string | null {
  const first = name.charCodeAt(0) | 0x20
  if (name.length < 15 || (first !== 0x78 && first !== 0x61)) return null
  const key = name.toLowerCase()
  return key.startsWith('x-ratelimit-') || key.startsWith('anthropic-ratelimit-') ? key : null
}

function quotaHeaders(raw: readonly string[]): QuotaHeaders {
  const found = new Map<string, string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const key = name.length === 4 && name.toLowerCase() === 'date' ? 'date' : quotaName(name)
    if (key !== null) found.set(key, raw[i + 1] ?? '')
  }
  return found
}

/**
 * What is left of each limit; none when the answer says nothing, or makes no sense. No reset is further away than a cooldown may be: who
 * has nothing left is asked last, and so would not get to say something better. `now` is in epoch milliseconds.
 */
export function statedQuota(raw: readonly string[], now: number): QuotaLimit[] {
  const headers = quotaHeaders(raw)
  return statedLimits((name) => headers.get(name), now).flatMap(({ of, resetMs, remaining, whole }) =>
    remaining === null
      ? []
      : [{ of, left: remaining, whole, resetAt: now + Math.min(resetMs ?? unstatedResetMs, cooldownMsMax) }],
  )
}
