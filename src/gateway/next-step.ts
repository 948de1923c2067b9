// The next step of a model request: which candidate it tries, or what it waits for, or that nothing is left to do.
import type { ProfileId } from '../domain/ids.ts'
import type { Choice } from '../domain/next-candidate.ts'
import { type Candidate, dueCandidates, dueSoonest, isUsable } from '../domain/candidate.ts'
import type { Selection, SelectionRequest } from '../domain/selection.ts'
import type { Limited } from '../domain/standing.ts'
import type { Secret } from '../vault/secret.ts'
import type { Cooling } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'

export interface StepDeps {
  readonly gateway: Pick<GatewayDeps, 'host' | 'select' | 'next' | 'secretOf'>
  readonly cooling: Pick<Cooling, 'wait' | 'beginTrial' | 'isOnTrial'>
}

/** How far the request has come. */
export interface Progress {
  readonly tried: ReadonlySet<ProfileId>
  /** Epoch milliseconds up to which it may wait. */
  readonly deadline: number
}

export interface Try {
  readonly step: 'try'
  readonly profileId: ProfileId
  readonly secret: Secret
  /** Called when it is known what the attempt came to: until then nobody else makes this trial. */
  readonly endTrial: (() => void) | null
  /** The subscription credential in whose place it spends money. */
  readonly fallbackFor: Limited | null
}

/** The credential that is due soonest, and whose refusal speaks for it. */
export interface Refuse {
  readonly step: 'refuse'
  readonly profileId: ProfileId
  readonly limitedBy: ProfileId
  /** Epoch milliseconds. */
  readonly dueAt: number
}

export interface Wait {
  readonly step: 'wait'
  readonly over: Promise<void>
  readonly cancel: () => void
}

/** No candidate can be used, now or after a wait. */
export interface NoneLeft {
  readonly step: 'none'
  readonly selection: Selection
}

export type Step = Try | Wait | Refuse | NoneLeft

/**
 * A usable candidate first; then one that cools and is likely to have room again, if nobody is finding out yet. While others find out, or until
 * somebody is due in time, it waits; else the one trial of a request that has tried nothing.
 */
export function nextStep(deps: StepDeps, asked: SelectionRequest, progress: Progress): Step {
  const { gateway, cooling } = deps
  const choice = gateway.next(asked, progress.tried, cooling.isOnTrial)
  if (choice !== null) {
    const secret = gateway.secretOf(choice.profileId)
    if (secret) return attemptOf(cooling, choice, secret)
  }
  return withoutChoice(deps, asked, progress)
}

function attemptOf(cooling: StepDeps['cooling'], choice: Choice, secret: Secret): Try {
  const { profileId, trial, fallbackFor } = choice
  const endTrial = trial === null ? null : cooling.beginTrial(trial.key)
  return { step: 'try', profileId, secret, endTrial, fallbackFor }
}

/** Nothing is usable at this moment but what others are finding out about. */
function withoutChoice({ gateway, cooling }: StepDeps, asked: SelectionRequest, progress: Progress): Step {
  const { tried, deadline } = progress
  const selection = gateway.select(asked, tried)
  const left = selection.candidates.filter(
    ({ profileId }) => !tried.has(profileId) && gateway.secretOf(profileId) !== undefined,
  )
  const onTrial = left.filter(isUsable)
  const open = onTrial.find(({ trial }) => trial === undefined)
  if (open) return forced(gateway, open, null)
  const now = gateway.host.now()
  const cooled = dueCandidates(left)
  const due = cooled.filter(({ dueAt }) => dueAt <= now)
  for (const candidate of due) {
    const endTrial = candidate.trial ? cooling.beginTrial(candidate.trial.key) : null
    if (endTrial !== null) return forced(gateway, candidate, endTrial)
  }
  const nextAt = dueSoonest(cooled.filter(({ dueAt }) => dueAt > now))?.dueAt ?? Infinity
  const awaited = [...onTrial, ...due].flatMap(({ trial }) => trial?.key ?? [])
  if (now < deadline && (awaited.length > 0 || nextAt <= deadline)) {
    const wait = cooling.wait(Math.min(deadline, nextAt) - now, awaited)
    if (wait) return { step: 'wait', ...wait }
  }
  // It has waited for as long as it may. What it waited for may well serve it, and a refusal would be certain.
  const ended = onTrial.find(({ trial }) => trial?.of === 'limit')
  if (ended) return forced(gateway, ended, null)
  const soonest = dueSoonest(cooled)
  if (soonest === null) return { step: 'none', selection }
  const endTrial = tried.size === 0 && soonest.trial ? cooling.beginTrial(soonest.trial.key) : null
  if (endTrial !== null) return forced(gateway, soonest, endTrial)
  const { profileId, dueAt, limitedBy = profileId } = soonest
  return { step: 'refuse', profileId, dueAt, limitedBy }
}

function forced(gateway: StepDeps['gateway'], candidate: Candidate, endTrial: (() => void) | null): Try {
  const { profileId, fallbackFor = null } = candidate
  const secret = gateway.secretOf(profileId)
  if (!secret) throw new Error(`the secret of ${profileId} went away`) // it was there when the candidates were filtered
  return { step: 'try', profileId, secret, endTrial, fallbackFor }
}
