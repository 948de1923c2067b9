// What a session uses: its model, where that comes from, and the credential that its next request gets.
import type { Pin } from './entities.ts'
import type { ProfileId } from './ids.ts'
import { parseModelRef } from './model-ref.ts'
import { type Candidate, type CandidateStatus, dueSoonest, isIncluded, isUsable } from './candidate.ts'
import type { Selection } from './selection.ts'

export const modelOrigins = ['session', 'default', 'none'] as const
export type ModelOrigin = (typeof modelOrigins)[number]

/** What serves a request for a model now. */
export interface Served {
  readonly next: ProfileId | null
  /** Of `next`, else of the one that is due first, else of the first in order; null without candidates. */
  readonly status: CandidateStatus | null
  /** Epoch milliseconds. */
  readonly until: number | null
}

export interface SessionView {
  /** `provider/model`, null when nobody chose one. */
  readonly model: string | null
  readonly origin: ModelOrigin
  readonly pin: Pin | null
}

/** The session's own model, else the default one. */
export function viewSession(pin: Pin | undefined, byDefault: string | null): SessionView {
  if (pin) return { model: pin.model, origin: 'session', pin }
  return { model: byDefault, origin: byDefault === null ? 'none' : 'default', pin: null }
}

export const notServed: Served = { next: null, status: null, until: null }

export function servedBy({ candidates, next }: Selection): Served {
  const included = candidates.filter(isIncluded)
  const usable = included.find(({ profileId }) => profileId === next)
  if (usable) return { next, status: usable.status, until: usable.until }
  const due = dueSoonest(included)
  if (due) return { next: null, status: 'cooling', until: due.dueAt }
  return { ...notServed, status: included[0]?.status ?? candidates[0]?.status ?? null }
}

/** Why the session's next request gets no credential, and what to do about it; null when it gets one. */
export function sessionProblem({ model, pin }: SessionView, { candidates, next }: Selection): string | null {
  if (model === null || next !== null) return null
  const { provider } = parseModelRef(model)
  if (pin !== null && pin.profileId !== null) return `${pinProblem(pin.profileId, candidates)}: ${pinWayOut}`
  if (candidates.length === 0) return `there is no credential for ${provider}`
  const named = candidates.slice(0, 3).map((candidate) => `${candidate.profileId} is ${whyNot(candidate)}`)
  const more = candidates.length > named.length ? ` and ${candidates.length - named.length} more` : ''
  return `no credential of ${provider} is usable: ${named.join(', ')}${more}`
}

/** What the user of a session can do whose pinned credential does not serve. */
export const pinWayOut = 'choose another with /model, or go back with /model default'

/**
 * Why a session's pinned credential does not serve. One that is gone keeps the session from every other: what was pinned to a
 * subscription must not turn to a paid key unseen, so the user decides.
 */
export function pinProblem(pinned: ProfileId, candidates: readonly Candidate[]): string {
  const candidate = candidates.find(({ profileId }) => profileId === pinned)
  const why = candidate === undefined ? 'which is not there any more' : `which is ${whyNot(candidate)}`
  return `the session is pinned to ${pinned}, ${why}`
}

function whyNot(candidate: Candidate): string {
  const { status, reason } = candidate
  if (isUsable(candidate)) return 'without its secret'
  if (status === 'cooling') return reason ?? 'rate limited'
  return reason === null || reason === status ? status : `${status} (${reason})`
}
