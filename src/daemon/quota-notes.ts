// Notes when an attempt begins and what its answer says is left, so that the next choice can go by it.
import { entryOf } from '../domain/entities.ts'
import { cooldownModel } from '../domain/cooldown.ts'
import { type ProfileId, providerOf } from '../domain/ids.ts'
import { limitKey } from '../domain/quota-group.ts'
import { isNearEnd, statedQuota } from '../domain/quota-headers.ts'
import type { GatewayDeps } from '../gateway/deps.ts'
import type { OutcomeDeps } from './attempt-outcomes.ts'

/** For the gateway. */
export function openQuotaNotes({
  memory,
  candidates,
  configuration,
  now,
}: OutcomeDeps): Pick<GatewayDeps, 'noteStart' | 'noteQuota'> {
  const keyOf = (profileId: ProfileId): string => limitKey(profileId, candidates.groupOf(profileId))
  return {
    noteStart: (profileId, model) => memory.noteStart(profileId, keyOf(profileId), model),
    noteQuota(profileId, model, start, raw) {
      const key = keyOf(profileId)
      // Most answers say that there is plenty: only those who choose by it need the figure.
      const goesByIt = entryOf(configuration().auth.strategies, providerOf(profileId)) === 'headroom'
      if (!goesByIt && memory.limit(key).quotaOf(model) === null && !isNearEnd(raw)) return
      const limits = statedQuota(raw, now())
      if (limits.length > 0) memory.noteQuota(key, cooldownModel(model), start, limits)
    },
  }
}
