// What a provider said is left of a credential's limits, and what that makes of it now.
import { isoInstant } from './events.ts'

/** One limit as an answer stated it. */
export interface QuotaLimit {
  /** `requests`, `tokens`, `input tokens` …, as it is told to people. */
  readonly of: string
  readonly left: number
  /** What it begins with; null when it was not said. */
  readonly whole: number | null
  /** Epoch milliseconds; from then on all of it is there again. */
  readonly resetAt: number
}

/** The limits of one credential (or quota group) and model, as the newest answer stated them. */
export interface Quota {
  readonly limits: readonly QuotaLimit[]
  /** Attempts that began after the one whose answer stated them. */
  readonly startedSince: number
}

/** How many requests a limit is taken to stand for when its answer does not say: each one under way then takes this share. */
const assumedRequests = 1_000

/** What is left of the tightest limit, from 0 to 1, less what was started since; 1 when nothing is known. */
export function shareLeft(quota: Quota | null, now: number): number {
  return quota === null ? 1 : (tightest(quota, now)?.share ?? 1)
}

/** Until when there is nothing left (epoch ms, the last such reset); null when there is, or nothing is known. */
export function drainedUntil(quota: Quota | null, now: number): number | null {
  if (quota === null) return null
  let until: number | null = null
  for (const limit of quota.limits) {
    const left = limit.of === 'requests' ? limit.left - quota.startedSince : limit.left
    if (now < limit.resetAt && left <= 0 && (until === null || until < limit.resetAt)) until = limit.resetAt
  }
  return until
}

/** `12 % of its requests left`; null when nothing is known. */
export function shareWords(quota: Quota | null, now: number): string | null {
  const found = quota === null ? null : tightest(quota, now)
  return found === null ? null : `${Math.floor(found.share * 100)} % of its ${found.of} left`
}

/** `nothing left of its requests until 2026-01-01T00:00:00.000Z`, for one that is drained. */
export function drainedWords(quota: Quota | null, now: number): string | null {
  const until = drainedUntil(quota, now)
  const limit = quota?.limits.find(({ resetAt }) => resetAt === until)
  return until === null || !limit ? null : `nothing left of its ${limit.of} until ${isoInstant(until)}`
}

interface Share {
  readonly share: number
  readonly of: string
}

function tightest({ limits, startedSince }: Quota, now: number): Share | null {
  const requests = limits.find(({ of }) => of === 'requests')?.whole ?? assumedRequests
  const underWay = startedSince / Math.max(requests, 1)
  let found: Share | null = null
  for (const { of, left, whole, resetAt } of limits) {
    const share = resetAt <= now ? 1 : atMost1(stated(left, whole) - underWay)
    if (found === null || share < found.share) found = { share, of }
  }
  return found
}

/** A number that nothing is known to compare with says only whether there is anything. */
function stated(left: number, whole: number | null): number {
  return whole === null || whole <= 0 ? Math.sign(left) : left / whole
}

const atMost1 = (share: number): number => Math.min(Math.max(share, 0), 1)
