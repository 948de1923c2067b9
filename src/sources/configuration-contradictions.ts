// What the shape alone cannot tell about traseai.json: settings that contradict each other, name what is not there, or open a door.
import type { Node } from 'jsonc-parser'
import type { SettingsProblem } from '../domain/problem.ts'
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import { suggest, suggestionOr } from '../domain/suggest.ts'
import { TraseError } from '../errors.ts'
import { problemAt } from './configuration-problems.ts'
import type { Configuration, ProviderSettings } from './configuration-schema.ts'

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

export function contradictions(
  { models, auth, gateway }: Configuration,
  tree: Node,
  text: string,
  file: string,
): { readonly errors: readonly SettingsProblem[]; readonly warnings: readonly SettingsProblem[] } {
  const at = { tree, text, file }
  const builtIn: ReadonlySet<string> = new Set(builtInProviders.map(({ id }) => id))
  const known = new Set([...builtIn, ...Object.keys(models.providers)])
  const errors: SettingsProblem[] = []
  const mustBeKnown = (provider: string, path: readonly string[], atName = false): void => {
    if (known.has(provider)) return
    const hint = suggestionOr(provider, known, 'add it under models.providers')
    errors.push(problemAt(path, `unknown provider ${JSON.stringify(provider)}`, { ...at, hint, atName }))
  }
  for (const [id, settings] of Object.entries(models.providers)) {
    const refused = refusedProvider(id, settings)
    if (refused)
      errors.push(
        problemAt(['models', 'providers', id], refused.message.replace(`models.providers.${id}: `, ''), {
          ...at,
          atName: true,
          ...hintOf(suggest(id, builtIn), refused.hint),
        }),
      )
  }
  if (models.default !== null) mustBeKnown(providerOfModel(models.default), ['models', 'default'])
  for (const [alias, model] of Object.entries(models.aliases))
    mustBeKnown(providerOfModel(model), ['models', 'aliases', alias])
  for (const [id, profile] of Object.entries(auth.profiles)) {
    mustBeKnown(profile.provider, ['auth', 'profiles', id, 'provider'])
    if (!id.startsWith(`${profile.provider}:`))
      errors.push(
        problemAt(['auth', 'profiles', id], `the id must start with ${JSON.stringify(`${profile.provider}:`)}`, {
          ...at,
          atName: true,
        }),
      )
  }
  for (const [provider, ids] of Object.entries(auth.order)) {
    mustBeKnown(provider, ['auth', 'order', provider], true)
    for (const [index, id] of ids.entries()) {
      const path = ['auth', 'order', provider, index]
      if (!id.startsWith(`${provider}:`))
        errors.push(problemAt(path, `${JSON.stringify(id)} is not a credential of ${provider}`, at))
      else if (ids.indexOf(id) < index) errors.push(problemAt(path, `${JSON.stringify(id)} is listed twice`, at))
    }
  }
  const open = loopback.test(gateway.host)
    ? []
    : [
        problemAt(['gateway', 'host'], `the gateway listens on ${gateway.host}: other machines can reach it`, {
          ...at,
          hint: 'use 127.0.0.1 unless a firewall or a proxy with TLS stands before it',
        }),
      ]
  return { errors, warnings: open }
}

const providerOfModel = (model: string): string => model.slice(0, model.indexOf('/'))

/** What the provider table says against one entry; undefined when it takes it. */
function refusedProvider(id: string, settings: ProviderSettings): TraseError | undefined {
  try {
    mergeProviders(builtInProviders, { [id]: settings })
    return undefined
  } catch (error) {
    if (error instanceof TraseError) return error
    throw error
  }
}

function hintOf(nearest: string | undefined, otherwise: string | undefined): { readonly hint?: string } {
  if (nearest !== undefined) return { hint: `did you mean ${nearest}?` }
  return otherwise === undefined ? {} : { hint: otherwise }
}
