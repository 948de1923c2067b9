// What an attempt means for its credential: a memory of the success, or a command to cool, disable or enable it, or to note for whom alone it is.
import type { AttemptOutcome } from '../domain/attempt.ts'
import type { Command } from '../domain/command.ts'
import { cooldownModel, lastCooldown, limitStanding } from '../domain/cooldown.ts'
import { isTrialDue } from '../domain/disable.ts'
import { type Cooldown, type Credential, entryOf } from '../domain/entities.ts'
import { firstEstimate, laterEstimate, nextEstimate } from '../domain/estimate.ts'
import type { Actor } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import { limitKey, type SharedLimit } from '../domain/quota-group.ts'
import type { Host } from '../host.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { Candidates } from './candidates.ts'
import type { CommandBus } from './command-bus.ts'
import type { Core } from './core.ts'
import type { RequestMemory } from './request-memory.ts'

export interface OutcomeDeps {
  readonly bus: Pick<CommandBus, 'state' | 'record' | 'execute'>
  readonly memory: RequestMemory
  readonly candidates: Pick<Candidates, 'groupOf'>
  configuration(): Configuration
  now(): number
}

export function outcomeDeps(host: Pick<Host, 'now'>, core: Core): OutcomeDeps {
  const { bus, memory, candidates, configuration } = core
  return { bus, memory, candidates, configuration: () => configuration.current().value, now: () => host.now() }
}

type Success = Extract<AttemptOutcome, { outcome: 'ok' }>
type RateLimited = Extract<AttemptOutcome, { outcome: 'rate_limited' }>
type Refusal = Exclude<AttemptOutcome, Success>

const gateway: Actor = { kind: 'http' }

/** An attempt of the gateway itself: takes effect in memory at once; what has to be kept is written behind it. */
export function recordAttempt(deps: OutcomeDeps, attempt: AttemptOutcome): void {
  if (attempt.outcome === 'ok') return recordSuccess(deps, attempt)
  const before = attempt.outcome === 'rate_limited' ? runningOf(deps, attempt) : null
  deps.bus.record(refusalCommand(deps, attempt), gateway)
  if (attempt.outcome === 'rate_limited') estimateAfter(deps, attempt, before)
}

/** When the limit is likely to have room again: after the refusal that began its cooldown, or after a trial of it that came to nothing. */
function estimateAfter(deps: OutcomeDeps, attempt: RateLimited, before: Cooldown | null): void {
  const running = runningOf(deps, attempt)
  if (running === null) return
  const { profileId, startedAt, roomAt = null } = attempt
  const limit = deps.memory.limit(limitKey(profileId, deps.candidates.groupOf(profileId)))
  const now = deps.now()
  if (before?.until !== running.until) {
    const first = firstEstimate(running, roomAt, now)
    if (first !== null) limit.noteEstimate(running, first)
    return
  }
  const known = limit.estimateOf(running)
  if (known !== null && startedAt >= known.at) limit.noteEstimate(running, laterEstimate(known, roomAt, now))
}

function runningOf({ bus, candidates, now }: OutcomeDeps, { profileId, model }: RateLimited): Cooldown | null {
  const credential = entryOf(bus.state().credentials, profileId)
  const sharing = candidates.groupOf(profileId)?.members ?? (credential ? [credential] : [])
  return limitStanding(sharing, model, now()).running
}

/** An attempt that somebody reports: resolves when what has to be kept of it is on disk. @throws TraseError see `execute` */
export async function reportAttempt(deps: OutcomeDeps, attempt: AttemptOutcome, actor: Actor): Promise<void> {
  const { profileId } = attempt
  // It counts for whose turn it is; what it took of a quota nobody saw.
  deps.memory.noteStart(profileId, limitKey(profileId, deps.candidates.groupOf(profileId)), null)
  if (attempt.outcome === 'ok') recordSuccess(deps, attempt)
  else await deps.bus.execute(refusalCommand(deps, attempt), actor)
}

/** Notes the use; a success of a trial ends the block or the cooldown that it was the trial of. */
function recordSuccess(deps: OutcomeDeps, { profileId, model, startedAt, roomAt = null }: Success): void {
  const { bus, memory } = deps
  memory.recordSuccess(profileId, startedAt)
  const credential = entryOf(bus.state().credentials, profileId)
  if (!credential) return
  const { disabled } = credential
  if (disabled?.reason === 'billing' && isTrialDue(disabled, startedAt)) {
    bus.record({ type: 'EnableCredential', profileId, reason: 'billing' }, gateway)
  }
  const group = deps.candidates.groupOf(profileId)
  const sharing = group?.members ?? [credential]
  if (!sharing.some(hasCooldowns)) return
  const key = limitKey(profileId, group)
  memory.noteProof(key, cooldownModel(model), startedAt)
  const now = deps.now()
  const { running } = limitStanding(sharing, model, now)
  if (running === null) return
  // The trial took the room there was: the cooldown goes on, and so does one trial at a time.
  if (roomAt !== null && roomAt > startedAt && startedAt > running.since) {
    return memory.limit(key).noteEstimate(running, nextEstimate(running, roomAt, now))
  }
  for (const each of sharing.filter(hasCooldowns)) {
    bus.record({ type: 'ClearCooldowns', profileId: each.profileId, reason: 'trial', model, startedAt }, gateway)
  }
}

function hasCooldowns({ cooldowns }: Credential): boolean {
  for (const _model in cooldowns) return true
  return false
}

function refusalCommand(deps: OutcomeDeps, attempt: Refusal): Command {
  const { rateLimitMs, billingMs } = deps.configuration().auth.cooldowns
  if (attempt.outcome === 'rate_limited') {
    const { outcome: _outcome, roomAt: _roomAt, ...limit } = attempt
    const group = deps.candidates.groupOf(attempt.profileId)
    const succeededSince = hasSucceededSince(deps, attempt.profileId, group, attempt.model)
    const siblings = group?.members.flatMap(({ profileId }) => (profileId === attempt.profileId ? [] : [profileId]))
    return {
      type: 'RecordRateLimit',
      ...limit,
      ladderMs: rateLimitMs,
      succeededSince,
      ...(siblings ? { siblings } : {}),
    }
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
function hasSucceededSince(
  { bus, memory }: OutcomeDeps,
  profileId: ProfileId,
  group: SharedLimit | null,
  model: string | null,
): boolean {
  const credential = entryOf(bus.state().credentials, profileId)
  if (!credential) return false
  const cooldown = lastCooldown(group?.members ?? [credential], model)
  return cooldown !== null && memory.limit(limitKey(profileId, group)).succeededSince(cooldown.model, cooldown.until)
}
