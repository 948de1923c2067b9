// What a run of onboarding comes to: one object for programs, and the error that decides its exit status.
import type { Discovery } from './discover.ts'
import type { Offers } from './offers.ts'
import type { Probe } from './probe.ts'
import { placesOf } from './plan.ts'
import { stepReport, type StepOutcome } from './steps.ts'

export interface Run {
  readonly offers: Offers
  readonly discovery: Discovery
  readonly outcomes: readonly StepOutcome[]
  /** Null when nothing was tried. */
  readonly probes: readonly Probe[] | null
}

/** No value is in it. */
export function runReport({ offers, discovery, outcomes, probes }: Run): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    steps: outcomes.map(stepReport),
    known: offers.known.map(({ key, profileId }) => ({ profileId, from: placesOf(key) })),
    kept: offers.fresh.flatMap(({ key, profileId, replaces }) =>
      replaces === null || outcomes.some(({ step }) => step.do === 'store' && step.profileId === profileId)
        ? []
        : [{ profileId, from: placesOf(key), reason: 'it has another value' }],
    ),
    remarks: discovery.remarks,
    probes,
  }
}

/** Throws what the first step that failed was answered: its name in the catalogue is the exit status. */
export function throwFirstFailure(outcomes: readonly StepOutcome[]): void {
  const failed = outcomes.find(({ outcome }) => outcome === 'failed')
  if (failed) throw failed.error
}
