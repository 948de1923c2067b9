// Which keys of the caller's shell the gateway does not use: set here and unknown there, or with another value.
import { isClientToken } from '../domain/client-token.ts'
import type { Provider } from '../domain/provider.ts'
import { keyVariables, type VariableUse, splitKeys } from '../domain/key-variables.ts'
import type { Environment } from '../host.ts'
import type { Result } from '../protocol/contract.ts'

export interface UnseenKey {
  readonly name: string
  readonly why: 'unseen' | 'differs'
}

type Candidate = Result<'models.status'>['providers'][number]['candidates'][number]

/** Nothing is shown of a secret shorter than this, so nothing can be compared. */
const comparableCharactersMin = 20

/** In the order in which a provider's variables are used. Values are compared by the last four characters the gateway tells. */
export function unseenKeys(
  env: Environment,
  providers: readonly Provider[],
  report: Result<'models.status'>,
): readonly UnseenKey[] {
  // Most shells hold no key, and to look each name up in the providers' variables takes longer than all else here.
  const names = Object.keys(env).filter((name) => name.includes('_KEY'))
  if (names.length === 0) return []
  const unseen = new Map<string, UnseenKey>()
  for (const [provider, variables] of keyVariables(names, providers)) {
    const known = report.providers.find((entry) => entry.provider === provider.id)?.candidates ?? []
    for (const { name, use } of variables) {
      const values = valuesOf(env[name] ?? '', use)
      if (values.length === 0) continue
      const here = known.filter((candidate) => isAt(candidate, name))
      // The same value under another name is in use, wherever the gateway has it from.
      if (values.every((value) => known.some((candidate) => hasValue(candidate, value)))) continue
      if (here.length === 0) unseen.set(name, { name, why: 'unseen' })
      else if (values.some((value) => !here.some((candidate) => mayHaveValue(candidate, value)))) {
        unseen.set(name, { name, why: 'differs' })
      }
    }
  }
  return [...unseen.values()]
}

function valuesOf(text: string, use: VariableUse): readonly string[] {
  const values = use === 'list' ? splitKeys(text) : [text.trim()]
  return values.filter((value) => value !== '' && !isClientToken(value))
}

function isAt({ source }: Candidate, name: string): boolean {
  return source.name === name || source.shadows.some((place) => place.name === name)
}

function hasValue({ last4 }: Candidate, value: string): boolean {
  return last4 !== null && value.length >= comparableCharactersMin && value.endsWith(last4)
}

/** True as well when too little is known to say no. */
function mayHaveValue(candidate: Candidate, value: string): boolean {
  const short = value.length < comparableCharactersMin
  return candidate.last4 === null ? short : !short && hasValue(candidate, value)
}
