// The models of a provider: read from its list, and marked with what the configuration makes of them.
import { isRecord } from './json-record.ts'
import type { ProviderId } from './ids.ts'
import { parseModelRef } from './model-ref.ts'

/** Names beyond these are left out; the longest list known (OpenRouter's) has some 500. */
const namesMax = 1_000
const nameCharactersMax = 200

/**
 * The names in a provider's list, in its order; null for what is no list. Known shapes: `{data: [{id}]}` (OpenAI, Anthropic
 * and whoever imitates them), `{models: [{name: 'models/…'}]}` (Google), `{models: [{name}]}` (Cohere), `[{id}]` (Together AI,
 * GitHub Models).
 */
export function modelNames(body: unknown): string[] | null {
  const list: unknown = isRecord(body) ? (body['data'] ?? body['models']) : body
  if (!Array.isArray(list)) return null
  const names = list.flatMap((entry: unknown) => {
    if (!isRecord(entry)) return []
    const name = entry['id'] ?? entry['name']
    return typeof name === 'string' && isName(name) ? [name.replace(/^models\//, '')] : []
  })
  return [...new Set(names)].slice(0, namesMax)
}

function isName(text: string): boolean {
  return text.length <= nameCharactersMax && /^[!-~]+$/.test(text)
}

export interface ListedModel {
  readonly name: string
  /** `models.default` of the configuration. */
  readonly default?: true
  /** The names that `models.aliases` gives it. */
  readonly aliases?: readonly string[]
}

export interface ModelListing {
  /** `provider/model`, null when none is set. */
  readonly default: string | null
  readonly providers: readonly {
    readonly provider: string
    /** ISO 8601; null when the provider gave no list. */
    readonly fetchedAt: string | null
    /** Why it gave none. */
    readonly note?: string
    readonly models: readonly ListedModel[]
  }[]
}

export interface NamedModels {
  /** `provider/model`, null when none is set. */
  readonly default: string | null
  readonly aliases: Readonly<Record<string, string>>
}

/** The listed models with their marks; those that the configuration names come first, also when the list has them not. */
export function markedModels(provider: ProviderId, names: readonly string[], named: NamedModels): ListedModel[] {
  const own = Object.entries(named.aliases).flatMap(([alias, ref]) => {
    const { provider: of, model } = parseModelRef(ref)
    return of === provider ? [{ alias, model }] : []
  })
  const chosen = named.default === null ? null : parseModelRef(named.default)
  const byDefault = chosen?.provider === provider ? chosen.model : null
  const first = [...(byDefault === null ? [] : [byDefault]), ...own.map(({ model }) => model)]
  return [...new Set([...first, ...names])].map((name) => {
    const aliases = own.filter(({ model }) => model === name).map(({ alias }) => alias)
    return {
      name,
      ...(name === byDefault ? { default: true as const } : {}),
      ...(aliases.length > 0 ? { aliases } : {}),
    }
  })
}

/** The providers that the configuration names a model of. */
export function namedProviders({ default: chosen, aliases }: NamedModels): ReadonlySet<ProviderId> {
  const refs = [...(chosen === null ? [] : [chosen]), ...Object.values(aliases)]
  return new Set(refs.map((ref) => parseModelRef(ref).provider))
}
