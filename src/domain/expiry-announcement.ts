// When a credential's end is told: once that it is near, once that it has come, for each expiry date.
import type { Credential } from './entities.ts'
import { type DomainEvent, isoInstant } from './events.ts'
import { expiryMoments, expiryStatus } from './expiry.ts'

/**
 * What has to be told of a credential now, nothing when it was told before; `now` and `warningMs` are in milliseconds.
 * Who slept through the warning hears of the end alone.
 */
export function decideAnnouncement(credential: Credential, warningMs: number, now: number): readonly DomainEvent[] {
  const { profileId, expiresAt, announced } = credential
  if (expiresAt === null) return []
  const data = { profileId, expiresAt: isoInstant(expiresAt) }
  switch (expiryStatus(credential, now, warningMs)) {
    case 'expired':
      return announced.expired === expiresAt ? [] : [{ type: 'CredentialExpired', data }]
    case 'expiring':
      return announced.expiring === expiresAt || announced.expired === expiresAt
        ? []
        : [{ type: 'CredentialExpiring', data }]
    case 'none':
      return []
  }
}

/** The next moment (epoch milliseconds) at which `decideAnnouncement` has something to say; null when there is none. */
export function nextAnnouncementAt(credential: Credential, warningMs: number): number | null {
  const { expiresAt, announced } = credential
  const moments = expiryMoments(credential, warningMs)
  if (moments === null || announced.expired === expiresAt) return null
  return moments.expiring === null || announced.expiring === expiresAt ? moments.expired : moments.expiring
}
