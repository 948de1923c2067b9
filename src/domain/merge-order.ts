// What somebody meant who edited a provider's order in an auth-profiles.json.
import { type ProfileId, profileIdPattern, type ProviderId, providerIdPattern } from './ids.ts'
import type { Began, Finding, ProfileEdit } from './profiles-edit.ts'

type Ids = readonly string[]
type OrderEdit = Extract<ProfileEdit<never>, { readonly type: 'order' | 'clear' }>

/** An order of nothing is none. `edited` is null for what is no list of texts. Whether the ids can be ordered, the order's decider says. */
export function mergeOrder(
  name: string,
  edited: Ids | null | undefined,
  began: Began<Ids>,
  present: Ids | undefined,
): OrderEdit | Finding | null {
  const finding = (message: string, hint: string | null, held: boolean): Finding => {
    return { section: 'order', name, message, hint, held }
  }
  const list = '["anthropic:work", "anthropic:home"]'
  if (edited === null) return finding('is no list of profiles', `write it like ${list}`, true)
  if (edited === undefined && began === undefined) return null
  const ids = edited ?? []
  if ((began !== 'unknown' && isSame(ids, began)) || isSame(ids, present)) return null
  // Never with what was written there: a key can get there by mistake.
  if (!providerIdPattern.test(name)) return finding('is no provider', 'name it like anthropic', true)
  const odd = ids.findIndex((id) => !profileIdPattern.test(id))
  if (odd >= 0) return finding(`names no profile at place ${odd + 1}`, `write it like ${list}`, true)
  if (began === 'unknown' || !isSame(present ?? [], began)) {
    return finding('was changed elsewhere meanwhile: the edit is not made', 'edit it again, as it is now', false)
  }
  const provider = name as ProviderId // the pattern has been matched above
  if (ids.length === 0) return { type: 'clear', provider }
  return { type: 'order', provider, profileIds: ids as readonly ProfileId[] } // each has matched the pattern
}

function isSame(ids: Ids, others: Ids | undefined): boolean {
  return ids.length === (others?.length ?? 0) && ids.every((id, index) => id === others?.[index])
}
