// The next step of a model request: which candidate it tries, or what it waits for, or that nothing is left to do.
import type { ProfileId } from '../domain/ids.ts'
import { dueSoonest, isUsable, type Selection, type SelectionRequest } from '../domain/selection.ts'
import type { Cooling } from './cooling.ts'
import type { GatewayDeps } from './deps.ts'

export interface StepDeps {
  readonly gateway: Pick<GatewayDeps, 'host' | 'select' | 'secretOf'>
  readonly cooling: Pick<Cooling, 'wait' | 'beginTrial'>
}

/** How far the request has come. */
export interface Progress {
  readonly tried: ReadonlySet<ProfileId>
  readonly isFirst: boolean
  /** Epoch milliseconds up to which a reset is waited for. */
  readonly deadline: number
}

/** `endTrial` is called when the attempt has ended: until then nobody else tries this credential. */
export type Step =
  | { readonly step: 'try'; readonly profileId: ProfileId; readonly endTrial: (() => void) | null }
  | { readonly step: 'wait'; readonly over: Promise<void>; readonly cancel: () => void }
  | { readonly step: 'refuse'; readonly profileId: ProfileId; readonly until: number }
  | { readonly step: 'none'; readonly selection: Selection }

/** A usable candidate first; else the reset that comes in time; else, for a request that has tried nothing yet, the one trial. */
export function nextStep(
  { gateway, cooling }: StepDeps,
  asked: SelectionRequest,
  { tried, isFirst, deadline }: Progress,
): Step {
  const selection = gateway.select(asked)
  const left = selection.candidates.filter(
    ({ profileId }) => !tried.has(profileId) && gateway.secretOf(profileId) !== undefined,
  )
  for (const { profileId, isTrial } of left.filter(isUsable)) {
    const endTrial = isTrial ? cooling.beginTrial(profileId, null) : null
    if (isTrial && endTrial === null) continue // another request is finding out already
    return { step: 'try', profileId, endTrial }
  }
  const soonest = dueSoonest(left)
  if (soonest === null) return { step: 'none', selection }
  const wait = soonest.until <= deadline ? cooling.wait(soonest.until - gateway.host.now()) : null
  if (wait) return { step: 'wait', ...wait }
  const endTrial = isFirst ? cooling.beginTrial(soonest.profileId, asked.model) : null
  return endTrial === null ? { step: 'refuse', ...soonest } : { step: 'try', profileId: soonest.profileId, endTrial }
}
