// How one content of an auth-profiles.json differs from another, so that many like versions can be kept in little room.
import { entryOf } from './entities.ts'
import type { Profile, ProfilesContent } from './profiles-file.ts'

/** Entries that are there or are others; null for those that are not there. A content is its difference from nothing. */
export interface ContentDifference {
  readonly profiles: Readonly<Record<string, Profile | null>>
  readonly order: Readonly<Record<string, readonly string[] | null>>
}

/** What has to be applied to `from` to get `to`. */
export function differenceOf(from: ProfilesContent, to: ProfilesContent): ContentDifference {
  return { profiles: entriesThatDiffer(from.profiles, to.profiles), order: entriesThatDiffer(from.order, to.order) }
}

/** The entries come in no particular order. */
export function applyDifference(content: ProfilesContent, { profiles, order }: ContentDifference): ProfilesContent {
  return { profiles: withEntries(content.profiles, profiles), order: withEntries(content.order, order) }
}

type Entries<T> = Readonly<Record<string, T>>

function entriesThatDiffer<T>(from: Entries<T>, to: Entries<T>): Entries<T | null> {
  const others = Object.entries(to).filter(([name, entry]) => !isSame(entry, entryOf(from, name)))
  const gone = Object.keys(from).filter((name) => entryOf(to, name) === undefined)
  return Object.fromEntries([...others, ...gone.map((name): [string, null] => [name, null])])
}

function withEntries<T>(entries: Entries<T>, changes: Entries<T | null>): Entries<T> {
  const all = new Map<string, T>(Object.entries(entries))
  for (const [name, entry] of Object.entries(changes)) {
    if (entry === null) all.delete(name)
    else all.set(name, entry)
  }
  return Object.fromEntries(all)
}

/** Their fields always come in the same order. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
