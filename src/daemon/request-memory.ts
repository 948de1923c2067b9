// What the gateway remembers of requests without making it an event: last uses, last successes, what is left, each session's credential.
import type { ProfileId, ProviderId, SessionId } from '../domain/ids.ts'
import { putRecent } from '../domain/put-recent.ts'
import type { QuotaLimit } from '../domain/quota.ts'
import type { RequestFacts, UseFacts } from '../domain/request-facts.ts'
import type { UsageRollup } from '../storage/event-log.ts'
import { type LimitMemory, openLimitMemory } from './limit-memory.ts'

/** Sessions that keep their credential; the one unused longest is forgotten first. */
const sessionsMax = 10_000
/** Credentials, and limits (a credential's or a group's), of which something is known; the one known longest is forgotten first. */
const knownMax = 10_000

export interface RequestMemory extends RequestFacts {
  limit(key: string): LimitMemory
  recordSuccess(profileId: ProfileId, startedAt: number): void
  /** A success that may say that a cooldown is over; `startedAt` in epoch ms, `limit` as `limitKey` names it. */
  noteProof(limit: string, model: string | null, startedAt: number): void
  /** An attempt begins. Gives back its number among those that the limit's quota knows of, for `noteQuota`. */
  noteStart(profileId: ProfileId, limit: string, model: string | null): number
  /** What the answer to the attempt of this number says is left; an answer to an older attempt than the last says nothing new. */
  noteQuota(limit: string, model: string | null, start: number, limits: readonly QuotaLimit[]): void
  /** After a limit was lifted by hand, or its credential has another value. */
  forgetQuotas(limit: string): void
  /** Epoch milliseconds of each credential's last use. */
  lastUsedAt(): ReadonlyMap<ProfileId, number>
  rememberSession(session: SessionId, provider: ProviderId, profileId: ProfileId): void
  sessionLast(session: SessionId, provider: ProviderId): ProfileId | null
  /** After a change of order; null forgets the sessions of every provider. */
  forgetSessions(provider: ProviderId | null): void
  /** After a change of its model. */
  forgetSession(session: SessionId): void
  /** Hands over the rollups that changed since they were last saved, if any. When that fails they still count as changed. */
  saveChangedUsage(save: (rollups: readonly UsageRollup[]) => Promise<void>): Promise<void>
}

type Use = { -readonly [K in keyof UseFacts]: UseFacts[K] }

/** `usage` is what was kept of earlier runs. */
export function openRequestMemory(usage: readonly UsageRollup[]): RequestMemory {
  const requests = new Map<ProfileId, number>()
  const lastUse = new Map<ProfileId, number>()
  const changed = new Set<ProfileId>()
  const uses = new Map<ProfileId, Use>()
  const limits = new Map<string, LimitMemory>()
  const sessions = new Map<string, { readonly provider: ProviderId; readonly profileId: ProfileId }>()
  let starts = 0
  for (const rollup of usage) {
    requests.set(rollup.profileId as ProfileId, rollup.requests) // written by saveChangedUsage below
    lastUse.set(rollup.profileId as ProfileId, rollup.lastUsedAt)
  }

  const useOf = (profileId: ProfileId): Use =>
    knownIn(uses, profileId, () => ({ lastUsedAt: lastUse.get(profileId) ?? -1, lastStart: 0 }))
  const limitOf = (key: string): LimitMemory => knownIn(limits, key, openLimitMemory)

  return {
    use: useOf,
    limit: limitOf,
    recordSuccess(profileId, startedAt) {
      const use = useOf(profileId)
      requests.set(profileId, (requests.get(profileId) ?? 0) + 1)
      use.lastUsedAt = Math.max(use.lastUsedAt, startedAt)
      lastUse.set(profileId, use.lastUsedAt)
      changed.add(profileId)
    },
    noteProof: (limit, model, startedAt) => limitOf(limit).noteProof(model, startedAt),
    noteStart(profileId, limit, model) {
      useOf(profileId).lastStart = ++starts
      return limitOf(limit).noteStart(model)
    },
    noteQuota: (limit, model, start, stated) => limitOf(limit).noteQuota(model, start, stated),
    forgetQuotas: (limit) => limitOf(limit).forgetQuotas(),
    lastUsedAt: () => lastUse,
    rememberSession: (session, provider, profileId) =>
      putRecent(sessions, sessionKey(session, provider), { provider, profileId }, sessionsMax),
    sessionLast: (session, provider) => sessions.get(sessionKey(session, provider))?.profileId ?? null,
    forgetSession(session) {
      for (const key of sessions.keys()) if (key.endsWith(`\n${session}`)) sessions.delete(key)
    },
    forgetSessions(provider) {
      for (const [key, entry] of sessions) if (provider === null || entry.provider === provider) sessions.delete(key)
    },
    async saveChangedUsage(save) {
      if (changed.size === 0) return
      const saving = [...changed]
      changed.clear() // before the save: what is used meanwhile is for the next one
      const rollups = saving.map((profileId) => ({
        profileId,
        requests: requests.get(profileId) ?? 0,
        lastUsedAt: lastUse.get(profileId) ?? 0,
      }))
      try {
        await save(rollups)
      } catch (error) {
        for (const profileId of saving) changed.add(profileId)
        throw error
      }
    },
  }
}

function knownIn<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  putRecent(map, key, made, knownMax)
  return made
}

const sessionKey = (session: SessionId, provider: ProviderId): string => `${provider}\n${session}`
