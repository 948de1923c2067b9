// Whether a credential has expired, or will soon enough to say so.
import type { Credential } from './entities.ts'

export type ExpiryStatus = 'none' | 'expiring' | 'expired'

const dayMs = 86_400_000
/** A credential issued for this long or longer is renewed by people, who need more notice than a day. */
const longLivedMs = 30 * dayMs
const longLivedWarningMs = 7 * dayMs

/**
 * `expiring` when `warningMs` (`auth.expiryWarning`) or less is left, or 7 days of a credential issued for 30 or more.
 * An OAuth credential is renewed by the gateway long before: it is never `expiring`, and `expired` only when no renewal
 * came in time. Times are epoch milliseconds; the moment of expiry itself counts as expired.
 */
export function expiryStatus(
  credential: Pick<Credential, 'kind' | 'issuedAt' | 'expiresAt'>,
  now: number,
  warningMs: number,
): ExpiryStatus {
  const { kind, issuedAt, expiresAt } = credential
  if (expiresAt === null) return 'none'
  const leftMs = expiresAt - now
  if (leftMs <= 0) return 'expired'
  if (kind === 'oauth') return 'none'
  const noticeMs = expiresAt - issuedAt >= longLivedMs ? Math.max(warningMs, longLivedWarningMs) : warningMs
  return leftMs <= noticeMs ? 'expiring' : 'none'
}
