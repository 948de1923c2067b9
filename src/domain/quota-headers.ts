// Reads what an answer's headers say is left of the limits, cheaply for the many answers that say nothing.
import type { QuotaLimit } from './quota.ts'
import { statedLimits } from './reset-time.ts'

/** A statement without a reset is believed for this long. */
const unstatedResetMs = 60_000
/** Fewer left than this is near the end, whatever the whole is. */
const nearEndDigits = 2

/** The headers of an answer about its limits, and its date; null when it has none. */
export type QuotaHeaders = ReadonlyMap<string, string>

/** @param headers raw names and values, in turn */
export function quotaHeaders(headers: readonly string[]): QuotaHeaders | null {
  let found: Map<string, string> | null = null
  let date: string | undefined
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 4) {
      if (name.toLowerCase() === 'date') date = headers[i + 1]
      continue
    }
    // The first letter tells most others apart from `x-ratelimit-…` and `anthropic-ratelimit-…`.
    if (name.length < 15) continue
    const first = name.charCodeAt(0) | 0x20
    if (first !== 0x78 && first !== 0x61) continue
    const key = name.toLowerCase()
    if (!key.startsWith('x-ratelimit-') && !key.startsWith('anthropic-ratelimit-')) continue
    found ??= new Map()
    found.set(key, headers[i + 1] ?? '')
  }
  if (found !== null && date !== undefined) found.set('date', date)
  return found
}

/** Whether little is left of something: only then it matters to those who do not go by what is left. */
export function isNearEnd(headers: QuotaHeaders): boolean {
  for (const [name, value] of headers) {
    if (name.includes('-remaining') && value.trim().length <= nearEndDigits) return true
  }
  return false
}

/** What is left of each limit; none when the headers make no sense. `now` is in epoch milliseconds. */
export function statedQuota(headers: QuotaHeaders, now: number): QuotaLimit[] {
  return statedLimits((name) => headers.get(name), now).flatMap(({ of, resetMs, remaining, whole }) =>
    remaining === null ? [] : [{ of, left: remaining, whole, resetAt: now + (resetMs ?? unstatedResetMs) }],
  )
}
