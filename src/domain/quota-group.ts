// Credentials that share one limit at their provider: what rests one of them rests them all.
import { type Credential, entryOf } from './entities.ts'
import { type ProfileId, providerOf } from './ids.ts'

export interface QuotaGroup {
  /** As `auth.quotaGroups` names it. */
  readonly name: string
  /** Each once, in the order of the configuration; of one provider. */
  readonly members: readonly ProfileId[]
}

/** A group with those of its members that are there. */
export interface SharedLimit {
  readonly name: string
  readonly members: readonly Credential[]
}

/**
 * The group of each credential that is in one. Groups with a member in common share one limit, and so they count as one, under the
 * first one's name. Members of another provider than the first share nothing with it and are left out.
 * @param configured `auth.quotaGroups`
 */
export function quotaGroups(
  configured: Readonly<Record<string, readonly ProfileId[]>>,
): ReadonlyMap<ProfileId, QuotaGroup> {
  const groups = new Map<ProfileId, QuotaGroup>()
  for (const [name, listed] of Object.entries(configured)) {
    const provider = listed[0] === undefined ? null : providerOf(listed[0])
    const own = listed.filter((profileId) => providerOf(profileId) === provider)
    const met = [...new Set(own.flatMap((profileId) => groups.get(profileId) ?? []))]
    const members = [...new Set([...met.flatMap((group) => group.members), ...own])]
    if (members.length < 2) continue
    const group = { name: met[0]?.name ?? name, members }
    for (const profileId of members) groups.set(profileId, group)
  }
  return groups
}

/** The groups with the credentials that their members are; one that is alone there shares with nobody. */
export function sharedLimits(
  groups: ReadonlyMap<ProfileId, QuotaGroup>,
  credentials: Readonly<Record<string, Credential>>,
): ReadonlyMap<ProfileId, SharedLimit> {
  const shared = new Map<ProfileId, SharedLimit>()
  for (const { name, members } of new Set(groups.values())) {
    const there = members.flatMap((profileId) => entryOf(credentials, profileId) ?? [])
    if (there.length < 2) continue
    const limit = { name, members: there }
    for (const { profileId } of there) shared.set(profileId, limit)
  }
  return shared
}

/** Under what the facts about a credential's limit are kept: its own id, or its group's name with a sign that no id has. */
export function limitKey(profileId: ProfileId, group: { readonly name: string } | null | undefined): string {
  return group ? `${providerOf(profileId)} ${group.name}` : profileId
}
