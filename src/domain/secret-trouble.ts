// The findings about secrets of stored credentials: those with the same cause in one line, so that a locked vault is one finding.
import type { ProfileId } from './ids.ts'
import { providerOf } from './ids.ts'
import type { Problem, SecretTrouble } from './problem.ts'

/** Credentials named in one line; the others are counted. */
const namedMax = 3

/**
 * @param troubles of all credentials
 * @param told credentials whose trouble another finding tells already
 */
export function secretProblems(
  troubles: ReadonlyMap<ProfileId, SecretTrouble>,
  told: ReadonlySet<string | undefined>,
): Problem[] {
  const byCause = new Map<string, { readonly trouble: SecretTrouble; readonly profileIds: ProfileId[] }>()
  for (const [profileId, trouble] of troubles) {
    const cause = `${trouble.isAtHand} ${trouble.reason}`
    const group = byCause.get(cause) ?? { trouble, profileIds: [] }
    group.profileIds.push(profileId)
    byCause.set(cause, group)
  }
  return [...byCause.values()]
    .filter(({ profileIds }) => profileIds.some((profileId) => !told.has(profileId)))
    .map(({ trouble, profileIds }) => problemOf(trouble, profileIds))
}

function problemOf({ reason, hint, isAtHand }: SecretTrouble, profileIds: readonly ProfileId[]): Problem {
  const [only] = profileIds
  const one = only !== undefined && profileIds.length === 1
  const named = profileIds.slice(0, namedMax).join(', ')
  const more = profileIds.length > namedMax ? ` and ${profileIds.length - namedMax} more` : ''
  const what = isAtHand ? `${one ? 'keeps its' : 'keep their'} last value` : 'cannot be used'
  const message = `${named}${more} ${what}: ${reason}`
  return { code: 'unavailable', ...(one ? { provider: providerOf(only), profileId: only } : {}), message, hint }
}
