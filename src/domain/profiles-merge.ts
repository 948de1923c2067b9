// What somebody meant who edited an auth-profiles.json: per entry, from the file, the content it began as, and the state.
import { entryOf } from './entities.ts'
import { mergeOrder } from './merge-order.ts'
import { mergeProfile } from './merge-profile.ts'
import type { Began, EditBase, EditedContent, Finding, MergedEdits, ProfileEdit } from './profiles-edit.ts'
import type { ProfilesContent } from './profiles-file.ts'

/** Merging an unedited file gives nothing, and so does merging a file again whose edits were made. */
export function mergeProfiles<S>(base: EditBase, file: EditedContent<S>, state: ProfilesContent): MergedEdits<S> {
  const begin = base.kind === 'known' ? base.content : null
  const profiles = namesOf(file.profiles, state.profiles, begin?.profiles).map((name) => {
    const [edited, present] = [file.profiles.get(name), entryOf(state.profiles, name)]
    return mergeProfile(
      name,
      edited,
      beganAs(base, (content) => content.profiles, name, { edited, present }),
      present,
    )
  })
  const orders = namesOf(file.order, state.order, begin?.order).map((name) => {
    const [edited, present] = [file.order.get(name), entryOf(state.order, name)]
    return mergeOrder(
      name,
      edited,
      beganAs(base, (content) => content.order, name, { edited, present }),
      present,
    )
  })
  const results: readonly (ProfileEdit<S> | Finding | null)[] = [...profiles, ...orders]
  const edits = results.filter((result): result is ProfileEdit<S> => result !== null && 'type' in result)
  return {
    edits: [...edits.filter(({ type }) => type !== 'remove'), ...edits.filter(({ type }) => type === 'remove')],
    findings: results.filter((result): result is Finding => result !== null && 'section' in result),
  }
}

function namesOf(file: ReadonlyMap<string, unknown>, state: object, begin: object = {}): string[] {
  return [...new Set([...file.keys(), ...Object.keys(begin), ...Object.keys(state)])]
}

function beganAs<T>(
  base: EditBase,
  section: (content: ProfilesContent) => Readonly<Record<string, T>>,
  name: string,
  { edited, present }: { readonly edited: unknown; readonly present: T | undefined },
): Began<T> {
  if (base.kind === 'known') return entryOf(section(base.content), name)
  // What such a file does not name was not taken out of it by anybody.
  if (edited === undefined) return undefined
  return base.kind === 'whole' || present === undefined ? present : 'unknown'
}

/**
 * Where the next save of the same editor begins, which does not know that the file was written anew since: at what it was
 * told to make of `began`. `present` is the state after these edits.
 */
export function afterEdits<S>(
  began: ProfilesContent,
  edits: readonly ProfileEdit<S>[],
  present: ProfilesContent,
): ProfilesContent {
  const profiles = new Map(Object.entries(began.profiles))
  const order = new Map(Object.entries(began.order))
  for (const edit of edits) {
    if (edit.type === 'order') order.set(edit.provider, edit.profileIds)
    else if (edit.type === 'clear') order.delete(edit.provider)
    else {
      const profile = edit.type === 'remove' ? undefined : entryOf(present.profiles, edit.profileId)
      if (profile) profiles.set(edit.profileId, profile)
      else profiles.delete(edit.profileId)
    }
  }
  return { profiles: Object.fromEntries(profiles), order: Object.fromEntries(order) }
}
