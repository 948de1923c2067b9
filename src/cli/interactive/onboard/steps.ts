// What onboarding will do, as data: listed before the confirmation, done one by one after it.
import type { FoundKind } from './found-key.ts'
import { ending } from './offers.ts'

interface KeyStep {
  readonly provider: string
  readonly kind: FoundKind
  /** In the clear, for the gateway. */
  readonly value: string
  /** Where it comes from, for people: a file, a variable, `typed`. */
  readonly from: string
}

export interface StoreStep extends KeyStep {
  readonly do: 'store'
  readonly profileId: string
  /** The end of the value it takes the place of; null when it is a new credential. */
  readonly replaces: string | null
}

export interface WriteStep extends KeyStep {
  readonly do: 'write'
  readonly variable: string
}

export type Step =
  | StoreStep
  | WriteStep
  | { readonly do: 'sign-in' }
  | { readonly do: 'set-default'; readonly model: string }

/** The outcome of one step; `not_done`: the person has stopped before or in it. */
export interface StepOutcome {
  readonly step: Step
  readonly outcome: 'done' | 'failed' | 'not_done'
  /** What failed. */
  readonly error?: unknown
}

/** Before and after. */
const verbs = {
  store: ['store', 'stored'],
  write: ['write', 'wrote'],
  'sign-in': ['sign in', 'signed in'],
  'set-default': ['make', 'made'],
} as const satisfies Record<Step['do'], readonly [string, string]>

/** One line: `store openai:codex …abcd, from ~/.codex/auth.json`, and `stored …` once it is done. */
export function stepText(step: Step, isDone = false): string {
  const verb = verbs[step.do][isDone ? 1 : 0]
  switch (step.do) {
    case 'store': {
      const instead = step.replaces === null ? '' : ` in place of its value${step.replaces && ` …${step.replaces}`}`
      return `${verb} ${step.profileId}${ending(step.value)}${instead}, ${fromText(step.from)}`
    }
    case 'write':
      return `${verb} ${step.variable}${ending(step.value)} to .env, ${fromText(step.from)}`
    case 'sign-in':
      return `${verb} with claude setup-token, and ${isDone ? 'stored' : 'store'} its token`
    case 'set-default':
      return `${verb} ${step.model} the default model`
  }
}

/** The same for programs; never a value. */
export function stepReport({ step, outcome }: StepOutcome): Readonly<Record<string, unknown>> {
  switch (step.do) {
    case 'store':
      return {
        do: 'store',
        profileId: step.profileId,
        kind: step.kind,
        from: step.from,
        replaced: step.replaces !== null,
        outcome,
      }
    case 'write':
      return { do: 'write', variable: step.variable, from: step.from, outcome }
    case 'sign-in':
      return { do: 'sign-in', outcome }
    case 'set-default':
      return { do: 'set-default', model: step.model, outcome }
  }
}

function fromText(from: string): string {
  return from === typed ? typed : `from ${from}`
}

/** `from` of a value that a person has typed or pasted. */
export const typed = 'as typed'
