// Which environment variables name a provider's keys, and in what order they are used.
import type { Provider } from './provider.ts'

/** `live` overrides everything else, `list` holds many keys, `key` holds one. */
export type VariableUse = 'live' | 'list' | 'key'

export interface KeyVariable {
  readonly name: string
  readonly use: VariableUse
}

/** Letters, digits and underscores: what a shell can set. A name of this length leaves room for `#` and 16 digits in a credential's id. */
export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,110}$/

/** The keys in a list variable, as they stand there: white space, commas and semicolons part them. */
export function splitKeys(list: string): readonly string[] {
  return list.split(/[\s,;]+/).filter((key) => key !== '')
}

/** Of these names those that hold keys, for each provider in the order of the contract's section 3. */
export function keyVariables(
  names: Iterable<string>,
  providers: readonly Provider[],
): ReadonlyMap<Provider, readonly KeyVariable[]> {
  const ownersOf = ownersByName(providers)
  const owned = new Map<Provider, string[]>(providers.map((provider) => [provider, []]))
  for (const name of names) for (const provider of ownersOf(name)) owned.get(provider)?.push(name)
  return new Map([...owned].map(([provider, own]) => [provider, inOrder(provider, own)]))
}

/**
 * A function that says which providers a variable's value is a key of. Providers with the same prefix share its keys:
 * that is what giving one of them the other's prefix asks for. A name that one provider spells out is not a numbered key
 * of another (`X_API_KEY_Y_API_KEY` is the key of prefix `X_API_KEY_Y`, not a further one of prefix `X`), and a numbered
 * key belongs to the longest prefix that fits.
 */
export function ownersByName(providers: readonly Provider[]): OwnersOf {
  const known = ownersOfTable.get(providers) ?? ownersOf(providers)
  ownersOfTable.set(providers, known)
  return known
}

type OwnersOf = (name: string) => readonly Provider[]
/** The table of providers changes with the configuration alone, and a file of many keys asks for each of them. */
const ownersOfTable = new WeakMap<readonly Provider[], OwnersOf>()

function ownersOf(providers: readonly Provider[]): OwnersOf {
  const fixed = new Map<string, Provider[]>()
  for (const provider of providers) {
    for (const { name } of fixedVariables(provider)) fixed.set(name, [...(fixed.get(name) ?? []), provider])
  }
  return (name) => {
    // The cheap test first: an environment has many names, and every key's has this in it.
    if (!name.includes('_KEY') || !variableNamePattern.test(name)) return []
    const exact = fixed.get(name)
    if (exact) return exact
    const numbered = providers.filter((provider) => isNumbered(provider, name))
    const longest = Math.max(...numbered.map(({ envPrefix }) => envPrefix.length))
    return numbered.filter(({ envPrefix }) => envPrefix.length === longest)
  }
}

/** `<P>_API_KEY_*` with something behind the last underscore. */
function isNumbered({ envPrefix }: Provider, name: string): boolean {
  const start = `${envPrefix}_API_KEY_`
  return name.length > start.length && name.startsWith(start)
}

/** The variables whose whole name is known, in their order; the numbered ones stand before the fallbacks. */
export function fixedVariables({ envPrefix, liveAliases, fallbackVariables }: Provider): readonly KeyVariable[] {
  return [
    ...[envPrefix, ...liveAliases].map((prefix) => ({ name: `TRASEAI_LIVE_${prefix}_KEY`, use: 'live' as const })),
    { name: `${envPrefix}_API_KEYS`, use: 'list' },
    { name: `${envPrefix}_API_KEY`, use: 'key' },
    ...fallbackVariables.map((name) => ({ name, use: 'key' as const })),
  ]
}

function inOrder(provider: Provider, names: readonly string[]): readonly KeyVariable[] {
  const present = new Set(names)
  const fixed = fixedVariables(provider).filter(({ name }) => present.delete(name))
  const numbered = [...present].map((name) => ({ name, use: 'key' as const, runs: name.match(/\d+|\D+/g) ?? [] }))
  const isFallback = ({ name }: KeyVariable): boolean => provider.fallbackVariables.includes(name)
  return [
    ...fixed.filter((variable) => !isFallback(variable)),
    ...numbered.sort(byNumericName).map(({ name, use }) => ({ name, use })),
    ...fixed.filter(isFallback),
  ]
}

interface NumberedName {
  readonly name: string
  /** The name cut between digits and other characters. */
  readonly runs: readonly string[]
}

/** By name, a run of digits as the number it is: `_2` before `_10`. Names that differ in leading zeros only go by their text. */
function byNumericName(left: NumberedName, right: NumberedName): number {
  for (const [index, run] of left.runs.entries()) {
    const other = right.runs[index]
    if (other === undefined) return 1
    const order = isNumber(run) && isNumber(other) ? byValue(run, other) : byText(run, other)
    if (order !== 0) return order
  }
  return left.runs.length - right.runs.length || byText(left.name, right.name)
}

const isNumber = (run: string): boolean => /^\d/.test(run)
/** By code unit, so that the order is the same in every locale; digits come before letters. */
const byText = (left: string, right: string): number => (left < right ? -1 : Number(left > right))

/** Numbers of any length: without leading zeros the longer is the greater. */
function byValue(left: string, right: string): number {
  const [a, b] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')]
  return a.length - b.length || byText(a, b)
}
