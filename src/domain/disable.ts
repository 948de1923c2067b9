// When a credential is passed over altogether, and what brings it back.
import type { CommandOf } from './command.ts'
import type { Credential } from './entities.ts'
import { type DisabledReason, type DomainEvent, isoInstant } from './events.ts'

/** A longer block is cut: a slip in the configuration must not outlast the log's calendar. */
const blockMsMax = 365 * 86_400_000
type Block = NonNullable<Credential['disabled']>

/** A weaker reason does not replace a stronger one: what a user switched off stays off whatever a provider answers. */
const strength = { billing: 1, unauthorized: 2, user: 3 } as const satisfies Record<DisabledReason, number>

/**
 * Nothing for a credential that is disabled as firmly already, and for the answer to an attempt that began before the
 * present value came. `now` is in epoch milliseconds.
 */
export function decideDisable(
  { profileId, issuedAt, disabled }: Credential,
  { reason, retryAt, startedAt }: CommandOf<'DisableCredential'>,
  now: number,
): readonly DomainEvent[] {
  // An issue date in the future was written before the clock was set back, and says nothing.
  if (reason !== 'user' && startedAt < issuedAt && issuedAt <= now) return []
  if (disabled && strength[reason] <= strength[disabled.reason]) {
    // The trial after a billing block was refused as well: blocked for another while. Older answers change nothing.
    const isRefusedTrial = reason === disabled.reason && isTrialDue(disabled, startedAt)
    if (!isRefusedTrial) return []
  }
  // Only a bill can be paid without anybody telling the gateway.
  const hasTrial = reason === 'billing' && retryAt !== null
  const retry = hasTrial ? { retryAt: isoInstant(Math.ceil(Math.min(retryAt, now + blockMsMax))) } : {}
  return [{ type: 'CredentialDisabled', data: { profileId, reason, ...retry } }]
}

/**
 * Whether a request at that moment (epoch milliseconds) may find out whether the block is over. One that begins in the future was
 * written before the clock was set back: it would last for as long as that was off.
 */
export function isTrialDue({ since, retryAt }: Pick<Block, 'since' | 'retryAt'>, at: number): boolean {
  return retryAt !== null && (at >= retryAt || at < since)
}

/** `user`, by hand, lifts anything; a provider's good answer lifts only what such an answer caused. */
export function decideEnable(
  { profileId, disabled }: Credential,
  { reason }: CommandOf<'EnableCredential'>,
): readonly DomainEvent[] {
  if (!disabled || (reason !== 'user' && reason !== disabled.reason)) return []
  return [{ type: 'CredentialEnabled', data: { profileId, reason } }]
}
