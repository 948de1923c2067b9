// A credential as a candidate for a request: whether it may be used now, and why it stands where it stands.
import type { ProfileId } from './ids.ts'
import type { Limited, Trial } from './standing.ts'

export const candidateStatuses = ['ready', 'cooling', 'disabled', 'expiring', 'expired', 'excluded'] as const
export type CandidateStatus = (typeof candidateStatuses)[number]

export interface Candidate {
  readonly profileId: ProfileId
  readonly status: CandidateStatus
  /** Why it stands where it stands, in words; null when there is nothing to say. */
  readonly reason: string | null
  /** Epoch milliseconds: the end of a cooldown, or of a billing block. */
  readonly until: number | null
  /** Epoch milliseconds, before `until`: when it is likely to have room again. */
  readonly likelyAt?: number
  /** To be tried by one request at a time, to find out: usable ones, and cooling ones when nothing else is left. */
  readonly trial?: Trial
  /** The member of its quota group whose cooldown keeps it from being used. */
  readonly limitedBy?: ProfileId
  /** An API key in the place of this subscription credential, which is rate limited: excluded, or to be announced. */
  readonly fallbackFor?: Limited
}

/** False for a candidate that the order in force leaves out, whatever its condition. */
export function isIncluded(candidate: Candidate): boolean {
  return candidate.status !== 'excluded'
}

/** True for a candidate that a request may be sent with now. */
export function isUsable(candidate: Candidate): boolean {
  return candidate.status === 'ready' || candidate.status === 'expiring'
}

/** A cooling candidate with the moment at which it may be tried again, in epoch milliseconds. */
export interface Due extends Candidate {
  /** When it is likely to have room, else the end of its cooldown. */
  readonly dueAt: number
}

/** The cooling candidates, in the order in which they came. */
export function dueCandidates(candidates: readonly Candidate[]): Due[] {
  return candidates.flatMap((candidate) => {
    const { status, until, likelyAt } = candidate
    return status === 'cooling' && until !== null ? [{ ...candidate, dueAt: likelyAt ?? until }] : []
  })
}

/** The cooling candidate that is due first (the first of equals); null when none cools. */
export function dueSoonest(candidates: readonly Candidate[]): Due | null {
  let soonest: Due | null = null
  for (const candidate of dueCandidates(candidates)) {
    if (soonest === null || candidate.dueAt < soonest.dueAt) soonest = candidate
  }
  return soonest
}
