// Whether a credential has expired, or will soon enough to say so.
import type { Credential } from './entities.ts'

export type ExpiryStatus = 'none' | 'expiring' | 'expired'

const dayMs = 86_400_000
/** A credential issued for this long or longer is renewed by people, who need more notice than a day. */
const longLivedMs = 30 * dayMs
const longLivedWarningMs = 7 * dayMs

type Dated = Pick<Credential, 'kind' | 'issuedAt' | 'expiresAt'>

/** From when on a credential is `expiring` (null: it never is) and `expired`; null when it does not end. Epoch milliseconds. */
export function expiryMoments(
  { kind, issuedAt, expiresAt }: Dated,
  warningMs: number,
): { readonly expiring: number | null; readonly expired: number } | null {
  if (expiresAt === null) return null
  if (kind === 'oauth') return { expiring: null, expired: expiresAt }
  const noticeMs = expiresAt - issuedAt >= longLivedMs ? Math.max(warningMs, longLivedWarningMs) : warningMs
  return { expiring: expiresAt - noticeMs, expired: expiresAt }
}

/**
 * `expiring` when `warningMs` (`auth.expiryWarning`) or less is left, or 7 days of a credential issued for 30 or more.
 * An OAuth credential is renewed by the gateway long before: it is never `expiring`, and `expired` only when no renewal
 * came in time. Times are epoch milliseconds; the moment of expiry itself counts as expired.
 */
export function expiryStatus(credential: Dated, now: number, warningMs: number): ExpiryStatus {
  const moments = expiryMoments(credential, warningMs)
  if (moments === null) return 'none'
  if (now >= moments.expired) return 'expired'
  return moments.expiring !== null && now >= moments.expiring ? 'expiring' : 'none'
}
