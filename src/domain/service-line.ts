// How the gateway is in one line, for whoever looks at its service: `3 providers, 7 credentials, 1 expiring in 6 d`.
import type { Credential } from './entities.ts'
import { expiryStatus } from './expiry.ts'

export interface ServiceLineInput {
  readonly credentials: readonly Credential[]
  /** Epoch milliseconds. */
  readonly now: number
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
  /** What is wrong besides, in a few words each. */
  readonly troubles: readonly string[]
}

type Kind = 'expired' | 'disabled' | 'expiring' | 'cooling'

/** What cannot be used now or will not be soon; nothing is said of what is in order. A credential counts once, for its lasting cause. */
export function serviceLine({ credentials, now, expiryWarningMs, troubles }: ServiceLineInput): string {
  const kinds = credentials.map((each) => kindOf(each, now, expiryWarningMs))
  const count = (kind: Kind): number => kinds.filter((each) => each === kind).length
  const ends = credentials.flatMap(({ expiresAt }, i) =>
    kinds[i] === 'expiring' && expiresAt !== null ? [expiresAt] : [],
  )
  const soonest = ends.length > 1 ? `${ends.length} expiring, the first in` : '1 expiring in'
  const providers = new Set(credentials.map(({ provider }) => provider)).size
  return [
    ...(credentials.length === 0
      ? ['no credentials']
      : [counted(providers, 'provider'), counted(credentials.length, 'credential')]),
    ...(['expired', 'disabled'] as const).flatMap((kind) => some(count(kind), kind)),
    ...(ends.length === 0 ? [] : [`${soonest} ${span(Math.min(...ends) - now)}`]),
    ...some(count('cooling'), 'cooling'),
    ...troubles,
  ].join(', ')
}

function kindOf(credential: Credential, now: number, expiryWarningMs: number): Kind | null {
  const expiry = expiryStatus(credential, now, expiryWarningMs)
  if (credential.disabled?.reason === 'user') return 'disabled'
  if (expiry === 'expired') return 'expired'
  const { disabled, cooldowns } = credential
  if (disabled !== null && (disabled.retryAt === null || disabled.retryAt > now)) return 'disabled'
  if (expiry === 'expiring') return 'expiring'
  return Object.values(cooldowns).some(({ until }) => until > now) ? 'cooling' : null
}

function some(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

const units = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const

/** `6 d`: whole units, and never more than there is left. */
function span(ms: number): string {
  const unit = units.find((each) => ms >= each.ms)
  return unit === undefined ? 'under 1 min' : `${Math.floor(ms / unit.ms)} ${unit.name}`
}
