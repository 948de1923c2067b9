// What an attempt means for its credential: a memory of the success, or a command to cool, disable or enable it, or to note for whom alone it is.
import type { AttemptOutcome } from '../domain/attempt.ts'
import type { Command } from '../domain/command.ts'
import { lastCooldown } from '../domain/cooldown.ts'
import { entryOf } from '../domain/entities.ts'
import type { Actor } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { CommandBus } from './command-bus.ts'
import type { RequestMemory } from './request-memory.ts'

export interface OutcomeDeps {
  readonly bus: CommandBus
  readonly memory: RequestMemory
  configuration(): Configuration
  now(): number
}

type Success = Extract<AttemptOutcome, { outcome: 'ok' }>
type Refusal = Exclude<AttemptOutcome, Success>

const gateway: Actor = { kind: 'http' }

/** An attempt of the gateway itself: takes effect in memory at once; what has to be kept is written behind it. */
export function recordAttempt(deps: OutcomeDeps, attempt: AttemptOutcome): void {
  if (attempt.outcome === 'ok') recordSuccess(deps, attempt)
  else deps.bus.record(refusalCommand(deps, attempt), gateway)
}

/** An attempt that somebody reports: resolves when what has to be kept of it is on disk. @throws TraseError see `execute` */
export async function reportAttempt(deps: OutcomeDeps, attempt: AttemptOutcome, actor: Actor): Promise<void> {
  if (attempt.outcome === 'ok') recordSuccess(deps, attempt)
  else await deps.bus.execute(refusalCommand(deps, attempt), actor)
}

/** Notes the use; a success during the trial after a billing block ends the block. */
function recordSuccess(deps: OutcomeDeps, { profileId, model, startedAt }: Success): void {
  deps.memory.recordSuccess(profileId, model, startedAt)
  const disabled = entryOf(deps.bus.state().credentials, profileId)?.disabled
  if (disabled?.reason === 'billing' && disabled.retryAt !== null && startedAt >= disabled.retryAt) {
    deps.bus.record({ type: 'EnableCredential', profileId, reason: 'billing' }, gateway)
  }
}

function refusalCommand(deps: OutcomeDeps, attempt: Refusal): Command {
  const { rateLimitMs, billingMs } = deps.configuration().auth.cooldowns
  if (attempt.outcome === 'rate_limited') {
    const { outcome: _outcome, ...limit } = attempt
    const succeededSince = hasSucceededSince(deps, attempt.profileId, attempt.model)
    return { type: 'RecordRateLimit', ...limit, ladderMs: rateLimitMs, succeededSince }
  }
  if (attempt.outcome === 'restricted') {
    const { outcome: _outcome, ...restriction } = attempt
    return { type: 'RecordRestriction', ...restriction }
  }
  const { profileId, outcome: reason, startedAt } = attempt
  const retryAt = reason === 'billing' ? deps.now() + billingMs : null
  return { type: 'DisableCredential', profileId, reason, retryAt, startedAt }
}

/** Whether a success that began after the last cooldown ended has broken the row of refusals. */
function hasSucceededSince({ bus, memory }: OutcomeDeps, profileId: ProfileId, model: string | null): boolean {
  const credential = entryOf(bus.state().credentials, profileId)
  const cooldown = credential && lastCooldown(credential, model)
  return cooldown ? memory.succeededSince(profileId, model, cooldown.until) : false
}
