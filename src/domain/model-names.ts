// The names that models go by: numbers of a list, aliases, names with and without their provider.
import { quoted, TraseError } from '../errors.ts'
import { withoutSecrets } from './keys-in-text.ts'
import type { ModelListing, NamedModels } from './model-list.ts'

/** Every `provider/model` that the configuration or a list at hand names. */
export function listedNames({
  named,
  listing,
}: {
  readonly named: NamedModels
  readonly listing: ModelListing
}): ReadonlySet<string> {
  const listed = listing.providers.flatMap(({ provider, models }) => models.map(({ name }) => `${provider}/${name}`))
  return new Set([...(named.default === null ? [] : [named.default]), ...Object.values(named.aliases), ...listed])
}

/** `3`, `#3`, `3.` and `3)` as lists are written. */
export function numberIn(text: string): number | null {
  const match = /^#?(\d{1,6})[.)]?$/.exec(text)
  return match ? Number(match[1]) : null
}

/** The model of an alias, whatever the case. */
export function aliasNamed(text: string, { named }: { readonly named: NamedModels }): string | undefined {
  const alias = sameName(text, Object.keys(named.aliases))
  return alias === undefined ? undefined : named.aliases[alias]
}

/** The name itself, else the only one that differs from it in nothing but case. */
export function sameName(text: string, names: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase()
  const fits = [...names].filter((name) => name.toLowerCase() === wanted)
  return fits.find((name) => name === text) ?? (fits.length === 1 ? fits[0] : undefined)
}

/** A model's own name, when one provider alone has it. */
export function withoutProvider(text: string, names: ReadonlySet<string>): string | undefined {
  const ending = `/${text.toLowerCase()}`
  const fits = [...names].filter((name) => name.slice(name.indexOf('/')).toLowerCase() === ending)
  if (fits.length <= 1) return fits[0]
  throw new TraseError('usage', `${shownName(text)} is a model of several providers`, {
    hint: `say which: ${fits
      .slice(0, 5)
      .map((name) => `/model ${name}`)
      .join(', ')}`,
  })
}

/** What was typed, for a message: cut, and without anything that could be a key. */
export function shownName(text: string): string {
  return quoted(withoutSecrets(text))
}
