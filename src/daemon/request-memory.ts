// What the gateway remembers of requests without making it an event: last uses, last successes, each session's credential.
import type { ProfileId, ProviderId, SessionId } from '../domain/ids.ts'
import { putRecent } from '../domain/put-recent.ts'
import type { UsageRollup } from '../storage/event-log.ts'

/** Sessions that keep their credential; the one unused longest is forgotten first. */
const sessionsMax = 10_000
/** (credential, model) pairs whose last success is known. */
const successesMax = 10_000

export interface RequestMemory {
  recordSuccess(profileId: ProfileId, model: string | null, startedAt: number): void
  /** Whether a request that began after `moment` (epoch ms) succeeded. */
  succeededSince(profileId: ProfileId, model: string | null, moment: number): boolean
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

/** `usage` is what was kept of earlier runs. */
export function openRequestMemory(usage: readonly UsageRollup[]): RequestMemory {
  const requests = new Map<ProfileId, number>()
  const lastUse = new Map<ProfileId, number>()
  const changed = new Set<ProfileId>()
  const successes = new Map<string, number>()
  const sessions = new Map<string, { readonly provider: ProviderId; readonly profileId: ProfileId }>()
  for (const rollup of usage) {
    requests.set(rollup.profileId as ProfileId, rollup.requests) // written by saveChangedUsage below
    lastUse.set(rollup.profileId as ProfileId, rollup.lastUsedAt)
  }

  return {
    recordSuccess(profileId, model, startedAt) {
      requests.set(profileId, (requests.get(profileId) ?? 0) + 1)
      lastUse.set(profileId, Math.max(lastUse.get(profileId) ?? 0, startedAt))
      changed.add(profileId)
      const key = successKey(profileId, model)
      putRecent(successes, key, Math.max(successes.get(key) ?? 0, startedAt), successesMax)
    },
    succeededSince: (profileId, model, moment) => (successes.get(successKey(profileId, model)) ?? 0) >= moment,
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

const successKey = (profileId: ProfileId, model: string | null): string => `${profileId}\n${model ?? '*'}`
const sessionKey = (session: SessionId, provider: ProviderId): string => `${provider}\n${session}`
