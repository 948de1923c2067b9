// What a request's attempt means for its credential: a memory of the success, or a command to cool, disable or enable it.
import { lastCooldown } from '../domain/cooldown.ts'
import { entryOf } from '../domain/entities.ts'
import type { Actor } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { AttemptOutcome } from '../gateway/deps.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { CommandBus } from './command-bus.ts'
import type { RequestMemory } from './request-memory.ts'

export interface OutcomeDeps {
  readonly bus: CommandBus
  readonly memory: RequestMemory
  configuration(): Configuration
  now(): number
}

const actor: Actor = { kind: 'http' }

/** Takes effect in memory at once; what has to be kept is written behind it. */
export function recordAttempt(deps: OutcomeDeps, attempt: AttemptOutcome): void {
  const { bus } = deps
  const { cooldowns } = deps.configuration().auth
  switch (attempt.outcome) {
    case 'ok':
      return recordSuccess(deps, attempt.profileId, attempt.model, attempt.startedAt)
    case 'rate_limited': {
      const { profileId, model, status, retryAfterMs, startedAt } = attempt
      const succeededSince = hasSucceededSince(deps, profileId, model)
      return bus.record(
        {
          type: 'RecordRateLimit',
          profileId,
          model,
          status,
          retryAfterMs,
          startedAt,
          ladderMs: cooldowns.rateLimitMs,
          succeededSince,
        },
        actor,
      )
    }
    case 'unauthorized':
    case 'billing': {
      const { profileId, outcome: reason, startedAt } = attempt
      const retryAt = reason === 'billing' ? deps.now() + cooldowns.billingMs : null
      return bus.record({ type: 'DisableCredential', profileId, reason, retryAt, startedAt }, actor)
    }
  }
}

/** Notes the use; a success during the trial after a billing block ends the block. */
export function recordSuccess(deps: OutcomeDeps, profileId: ProfileId, model: string | null, startedAt: number): void {
  deps.memory.recordSuccess(profileId, model, startedAt)
  const disabled = entryOf(deps.bus.state().credentials, profileId)?.disabled
  if (disabled?.reason === 'billing' && disabled.retryAt !== null && startedAt >= disabled.retryAt) {
    deps.bus.record({ type: 'EnableCredential', profileId, reason: 'billing' }, actor)
  }
}

/** Whether a success that began after the last cooldown ended has broken the row of refusals. */
export function hasSucceededSince(
  deps: Pick<OutcomeDeps, 'bus' | 'memory'>,
  profileId: ProfileId,
  model: string | null,
): boolean {
  const credential = entryOf(deps.bus.state().credentials, profileId)
  const cooldown = credential && lastCooldown(credential, model)
  return cooldown ? deps.memory.succeededSince(profileId, model, cooldown.until) : false
}
