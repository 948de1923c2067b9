// Handlers about the variables that hold keys: where each comes from, and the two ways to change .env.
import { changeOf } from '../../domain/environment-change.ts'
import { type EnvironmentKey, type EnvironmentPlace, isKeyVariable } from '../../domain/env-keys.ts'
import { suggestionOr } from '../../domain/suggest.ts'
import { quoted, TraseError } from '../../errors.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import { keyValueProblem } from '../../sources/env-file-review.ts'
import type { EnvironmentView } from '../../sources/environment-view.ts'
import { Secret } from '../../vault/secret.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'

export const envHandlers = {
  'env.list': (_params, { deps }) => {
    const view = deps.environment.view()
    const prefixes = [...new Set(deps.providers().map(({ envPrefix }) => envPrefix))]
    return { file: deps.host.paths.envFile, variables: variablesOf(view), prefixes, problems: view.problems }
  },
  'env.set': set,
  'env.unset': async ({ name }, { deps }) => {
    const removed = await deps.environment.unset(name)
    return { name, removed, stillSetIn: placesOf(deps.environment.view(), name)[0] ?? null }
  },
  'env.reload': (_params, { deps }) => deps.reloadEnvironment(),
} as const satisfies Handlers<'env.list' | 'env.set' | 'env.unset' | 'env.reload'>

async function set({ name, value }: ParsedParams<'env.set'>, { deps }: CallContext): Promise<Answer<'env.set'>> {
  if (!isKeyVariable(name, deps.providers())) throw notAKeyVariable(deps, name)
  const secret = new Secret(value)
  const view = await deps.environment.set(name, secret).finally(() => secret.drop())
  const first = placesOf(view, name)[0]
  const odd = keyValueProblem(name, value, deps.providers())
  return {
    name,
    profileIds: keysAt(view, name).map(({ profileId }) => profileId),
    shadowedBy: first && first.kind !== 'env-file' ? first : null,
    notes: odd === null ? [] : [`the value ${odd.message}`],
  }
}

function notAKeyVariable(deps: ControlDeps, name: string): TraseError {
  const usual = deps.providers().map(({ envPrefix }) => `${envPrefix}_API_KEY`)
  const hint = suggestionOr(name, usual, 'such a variable is named like ANTHROPIC_API_KEY or OPENAI_API_KEY_2')
  return new TraseError('usage', `${quoted(name)} is no variable that holds a provider's key`, { hint })
}

interface Variable {
  readonly place: EnvironmentPlace
  readonly shadows: Answer<'env.list'>['variables'][number]['shadows']
  readonly keys: EnvironmentKey<Secret>[]
}

/** One entry a variable; one whose value stands in an earlier variable too leads to that credential. */
function variablesOf(view: EnvironmentView): Answer<'env.list'>['variables'] {
  const variables = new Map<string, Variable>()
  const enter = (key: EnvironmentKey<Secret>, place: EnvironmentPlace, shadows: Variable['shadows']): void => {
    const id = `${key.provider} ${place.kind} ${place.name}`
    const variable = variables.get(id) ?? { place, shadows, keys: [] }
    variable.keys.push(key)
    variables.set(id, variable)
  }
  for (const key of view.keys) {
    const shadows = key.shadows.map((place) => ({ ...place, differs: key.differsIn.includes(place.kind) }))
    enter(key, key.place, shadows)
    for (const place of key.alsoAt) enter(key, place, [])
  }
  return [...variables.values()].flatMap(({ place, shadows, keys }) => {
    const [first] = keys
    if (first === undefined) return []
    const [name, change] = [place.name, changeOf[place.kind]]
    return [{ name, provider: first.provider, source: place, shadows, change, credentials: keys.map(shown) }]
  })
}

function shown({
  profileId,
  fingerprint,
  secret,
}: EnvironmentKey<Secret>): Answer<'env.list'>['variables'][number]['credentials'][number] {
  return { profileId, fingerprint, last4: secret.last4 ?? null }
}

function keysAt(view: EnvironmentView, name: string): readonly EnvironmentKey<Secret>[] {
  return view.keys.filter((key) => key.place.name === name || key.alsoAt.some((place) => place.name === name))
}

/** Where a variable is set, the layer that wins first. */
function placesOf(view: EnvironmentView, name: string): readonly EnvironmentPlace[] {
  return keysAt(view, name).flatMap((key) => [key.place, ...key.alsoAt].filter((place) => place.name === name))
}
