// What an agent's auth-profiles.json shows: a projection of the state, with references in the place of secrets.
import { runningCooldowns } from './cooldown.ts'
import { type AgentOrder, type Credential, isStored } from './entities.ts'
import { type CredentialKind, type DisabledReason, isoInstant } from './events.ts'
import type { AgentId, ProfileId } from './ids.ts'
import type { State } from './state.ts'

/** A stored credential, without its secret. */
export interface Profile {
  readonly type: CredentialKind
  readonly provider: string
  /** `vault:<id>`, or the reference itself: `env:NAME`, `file:/path`, `exec:/program arg`. */
  readonly ref: string
  /** ISO 8601. */
  readonly expiresAt?: string
}

/** The part of the file that can be edited by hand. Ids and providers come sorted; look entries up with `entryOf`. */
export interface ProfilesContent {
  readonly profiles: Readonly<Record<string, Profile>>
  readonly order: Readonly<Record<string, readonly string[]>>
}

/** What is known of a credential's use; only what is set. Instants are ISO 8601. */
export interface ProfileUsage {
  readonly lastUsedAt?: string
  /** The end of a running cooldown of the whole credential; those of single models are not shown. */
  readonly cooldownUntil?: string
  readonly disabledUntil?: string
  readonly disabledReason?: DisabledReason
}

export const noContent: ProfilesContent = { profiles: {}, order: {} }

/** A reference is part of the history and of every status: a line, not a script. */
export const referenceCharactersMax = 1_024

/** The reference of what the gateway keeps itself. */
export function vaultReference(profileId: ProfileId): string {
  return `vault:${profileId}`
}

/**
 * The content of every agent's file that has any. What is for all agents is in the default agent's file, what is for one
 * agent alone in that agent's. Credentials of the environment are not stored and so in none.
 */
export function profilesContents(
  { credentials, orders }: Pick<State, 'credentials' | 'orders'>,
  defaultAgent: AgentId,
): ReadonlyMap<AgentId, ProfilesContent> {
  const contents = new Map<AgentId, { profiles: Record<string, Profile>; order: Record<string, readonly string[]> }>()
  const contentOf = (
    agent: AgentId,
  ): { profiles: Record<string, Profile>; order: Record<string, readonly string[]> } => {
    const content = contents.get(agent) ?? { profiles: {}, order: {} }
    contents.set(agent, content)
    return content
  }
  for (const credential of sortedBy(Object.values(credentials), ({ profileId }) => profileId)) {
    if (!isStored(credential.source)) continue
    contentOf(credential.agent ?? defaultAgent).profiles[credential.profileId] = profileOf(credential)
  }
  for (const { agent, provider, profileIds } of sortedBy<AgentOrder>(Object.values(orders), (each) => each.provider)) {
    contentOf(agent).order[provider] = profileIds
  }
  return contents
}

/** How the credentials of an agent's file were used, those of the environment in the default agent's; sorted by id. */
export function profilesUsage(
  { credentials }: Pick<State, 'credentials'>,
  lastUsedAt: ReadonlyMap<ProfileId, number>,
  { agent, isDefault, now }: { readonly agent: AgentId; readonly isDefault: boolean; readonly now: number },
): Readonly<Record<string, ProfileUsage>> {
  const own = Object.values(credentials).filter((each) => each.agent === agent || (isDefault && each.agent === null))
  return Object.fromEntries(
    sortedBy(own, ({ profileId }) => profileId).flatMap((credential) => {
      const usage = usageOf(credential, lastUsedAt.get(credential.profileId), now)
      return Object.keys(usage).length === 0 ? [] : [[credential.profileId, usage]]
    }),
  )
}

function profileOf({ profileId, provider, kind, source, expiresAt }: Credential): Profile {
  const ref = source.kind === 'vault' ? vaultReference(profileId) : source.name
  return { type: kind, provider, ref, ...(expiresAt === null ? {} : { expiresAt: isoInstant(expiresAt) }) }
}

function usageOf(credential: Credential, lastUsedAt: number | undefined, now: number): ProfileUsage {
  const cooldown = runningCooldowns(credential, now).find(({ model }) => model === null)
  const { disabled } = credential
  return {
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: isoInstant(lastUsedAt) }),
    ...(cooldown ? { cooldownUntil: isoInstant(cooldown.until) } : {}),
    ...(disabled?.retryAt ? { disabledUntil: isoInstant(disabled.retryAt) } : {}),
    ...(disabled ? { disabledReason: disabled.reason } : {}),
  }
}

/** By code units: the same everywhere, whatever the language of the machine. */
function sortedBy<T>(entries: readonly T[], key: (entry: T) => string): T[] {
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
