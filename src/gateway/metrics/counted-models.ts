// Which models are counted by name: clients may ask for anything, and memory and tables must not grow with what they make up.
import type { RequestOutcome } from '../usage/record.ts'

export interface CountedModels {
  /** The model's own name once a provider has known it, empty for none, else `other`. */
  nameOf(provider: string, model: string | null, outcome: RequestOutcome): string
}

/** Names of all providers together; the next ones are `other`. */
const namesMax = 500
/** As models can be pinned, but shorter; escape codes would act on the terminal that shows the page of metrics. */
const name = /^[!-~]{1,100}$/
export const otherModel = 'other'

/** A provider knows a model that it answers for, be it with a rate limit. */
const known: ReadonlySet<RequestOutcome> = new Set(['ok', 'rate_limited'])

export function openCountedModels(): CountedModels {
  const names = new Map<string, Set<string>>()
  let count = 0
  return {
    nameOf(provider, model, outcome) {
      if (model === null) return ''
      const ofProvider = names.get(provider)
      if (ofProvider?.has(model)) return model
      if (!known.has(outcome) || count >= namesMax || !name.test(model)) return otherModel
      count++
      const own = Buffer.from(model).toString() // a piece of a request's text would hold all of it
      if (ofProvider) ofProvider.add(own)
      else names.set(provider, new Set([own]))
      return own
    },
  }
}
