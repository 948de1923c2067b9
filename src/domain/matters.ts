// The matters of a state at a moment: what of the credentials and providers a person should know of.
import { type CoolingInput, coolingMatters } from './cooling-matter.ts'
import { duration } from './duration.ts'
import type { Credential } from './entities.ts'
import { isoInstant } from './events.ts'
import { expiryMoments, expiryStatus } from './expiry.ts'
import { parseProfileId, parseProviderId, type ProfileId, type ProviderId } from './ids.ts'
import type { Matter } from './matter.ts'
import { type Problem, renewal } from './problem.ts'
import { shortInstant } from './short-instant.ts'

/** One failed refresh says that the network was away for a moment. */
const refreshGraceMs = 15 * 60_000

export interface MattersInput extends CoolingInput {
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
  /** Of the status report; those of the code `missing` count. */
  readonly problems: readonly Problem[]
  /** Whether the configuration names a provider or a credential: a home that was just made lacks nothing. */
  readonly expectsAny: boolean
}

/** All of them, in no order. */
export function mattersOf(input: MattersInput): Matter[] {
  return [...credentialMatters(input), ...missingMatters(input), ...coolingMatters(input)]
}

/** Those that need nothing but the credentials themselves. */
export function credentialMatters(input: Pick<MattersInput, 'now' | 'expiryWarningMs' | 'credentials'>): Matter[] {
  return Object.values(input.credentials).flatMap((credential) => [
    ...ending(credential, input),
    ...refused(credential),
    ...unrefreshed(credential, input.now),
  ])
}

type Moment = Pick<MattersInput, 'now' | 'expiryWarningMs'>

function ending(credential: Credential, { now, expiryWarningMs }: Moment): Matter[] {
  const { expiresAt } = credential
  const status = expiryStatus(credential, now, expiryWarningMs)
  if (status === 'none' || expiresAt === null) return []
  const id = idOf(credential)
  const instant = isoInstant(expiresAt)
  const hint = renewal(credential)
  if (status === 'expired') {
    return [
      {
        ...id,
        key: `expired:${id.profileId}:${instant}`,
        kind: 'expired',
        title: `${id.profileId} has expired`,
        message: `${id.profileId} expired at ${shortInstant(expiresAt)}`,
        hint,
        since: expiresAt,
        until: null,
      },
    ]
  }
  const left = duration(expiresAt - now)
  return [
    {
      ...id,
      key: `expiring:${id.profileId}:${instant}`,
      kind: 'expiring',
      title: `${id.profileId} expires in ${left}`,
      message: `${id.profileId} expires in ${left}, at ${shortInstant(expiresAt)}`,
      hint,
      since: expiryMoments(credential, expiryWarningMs)?.expiring ?? now,
      until: expiresAt,
    },
  ]
}

/** A billing block stays one matter through its trials. */
function refused(credential: Credential): Matter[] {
  const { disabled } = credential
  if (disabled === null || disabled.reason === 'user') return []
  const id = idOf(credential)
  const isUnpaid = disabled.reason === 'billing'
  return [
    {
      ...id,
      key: `disabled:${id.profileId}:${isoInstant(disabled.since)}`,
      kind: 'disabled',
      title: `${id.profileId} was refused ${isUnpaid ? 'for billing' : 'as unauthorized'}`,
      message: isUnpaid
        ? `${id.provider} refuses ${id.profileId} until its bill is paid, and is asked again from time to time`
        : `${id.provider} refuses ${id.profileId} as unauthorized, and it is not used any more`,
      hint: isUnpaid ? `once paid: traseai models auth enable ${id.profileId}` : renewal(credential),
      since: disabled.since,
      until: null,
    },
  ]
}

function unrefreshed(credential: Credential, now: number): Matter[] {
  const { refreshFailed, expiresAt } = credential
  if (refreshFailed === null || now - refreshFailed.since < refreshGraceMs) return []
  if (expiresAt !== null && expiresAt <= now) return [] // it is told as expired
  const id = idOf(credential)
  const end = expiresAt === null ? '' : `, and it ends at ${shortInstant(expiresAt)}`
  return [
    {
      ...id,
      key: `refresh_failed:${id.profileId}:${isoInstant(refreshFailed.since)}`,
      kind: 'refresh_failed',
      title: `${id.profileId} cannot be refreshed`,
      message: `${id.profileId} cannot be refreshed since ${shortInstant(refreshFailed.since)} (${refreshFailed.error})${end}`,
      hint: renewal(credential),
      since: refreshFailed.since,
      until: expiresAt,
    },
  ]
}

function missingMatters({ problems, expectsAny, now }: MattersInput): Matter[] {
  return problems
    .filter(({ code, provider }) => code === 'missing' && (expectsAny || provider !== undefined))
    .map(({ provider, profileId, message, hint }) => ({
      key: ['missing', profileId ?? provider ?? 'any'].join(':'),
      kind: 'missing',
      ...(profileId === undefined ? {} : { profileId: parseProfileId(profileId) }),
      ...(provider === undefined ? {} : { provider: parseProviderId(provider) }),
      title: provider === undefined ? 'there is no credential' : `${provider} has no credential to use`,
      message,
      hint,
      since: now,
      until: null,
    }))
}

function idOf({ profileId, provider }: Credential): { profileId: ProfileId; provider: ProviderId } {
  return { profileId, provider }
}
