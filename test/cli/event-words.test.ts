// The history in words: what each event says besides what it is about.
import { describe, expect, it } from 'vitest'
import { detailsOf, subjectOf } from '../../src/cli/render/event.ts'
import { localTime } from '../../src/cli/render/time.ts'
import { type EventType, eventTable } from '../../src/domain/events.ts'
import type { WireEvent } from '../../src/protocol/contract.ts'

const at = '2027-11-22T10:51:43.000Z'
const here = localTime(at)
const profileId = 'anthropic:work'
const order = { agent: 'ops', provider: 'anthropic', profileIds: [profileId, 'anthropic:home'] }
const started = { version: '1.0.0', reason: 'run' }
const pin = { session: 's1', agent: 'ops', model: 'anthropic/claude', profileId }

const source = { kind: 'vault', name: profileId }
const added = { profileId, provider: 'anthropic', kind: 'token', source, fingerprint: '0'.repeat(16), agent: 'ops' }

const notice = { key: `expiring:${profileId}:${at}`, kind: 'expiring', profileId }

const words: { readonly [T in EventType]: readonly [WireEvent['data'], string] } = {
  CredentialAdded: [{ ...added, expiresAt: at }, `token from vault, for agent ops, ends ${here}`],
  CredentialRotated: [{ profileId, from: 'aa', to: 'bb', expiresAt: at }, `aa -> bb, ends ${here}`],
  CredentialRemoved: [{ profileId, reason: 'by hand' }, 'by hand'],
  CredentialExpiring: [{ profileId, expiresAt: at }, `ends ${here}`],
  CredentialExpired: [{ profileId, expiresAt: at }, `ended ${here}`],
  CredentialRefreshed: [{ profileId, expiresAt: at }, `ends ${here}`],
  CredentialRefreshFailed: [{ profileId, error: 'refused' }, 'refused'],
  CredentialRateLimited: [
    { profileId, model: 'claude', until: at, retryAfterMs: 30_000, status: 429, refusals: 1 },
    'claude, for 30s, HTTP 429',
  ],
  CredentialCooldownCleared: [{ profileId, reason: 'trial', model: 'claude' }, 'claude, a request succeeded'],
  CredentialDisabled: [{ profileId, reason: 'billing', retryAt: at }, `billing, tried again from ${here}`],
  CredentialEnabled: [{ profileId, reason: 'user' }, 'by hand'],
  CredentialRestricted: [{ profileId, to: 'claude-code' }, 'only for Claude Code'],
  CredentialRevealed: [{ profileId }, ''],
  CredentialsOrdered: [order, 'for agent ops: anthropic:work, anthropic:home'],
  CredentialOrderCleared: [order, 'for agent ops, was: anthropic:work, anthropic:home'],
  ModelPinned: [pin, 'anthropic/claude with anthropic:work'],
  ModelUnpinned: [pin, 'no longer anthropic/claude'],
  ClientIssued: [{ name: 'editor', tokenHash: '0'.repeat(32), boundToPid: 12 }, 'while process 12 lives'],
  ClientRevoked: [{ name: 'editor', tokenHash: '0'.repeat(32) }, ''],
  BackupMade: [
    { position: 12, sealedFor: 'recipients', recipients: [`age1${'q'.repeat(58)}`], masterKey: true },
    'up to event 12, sealed for age1qqqqqqqq…, with the master key',
  ],
  HomeRestored: [
    { position: 12, madeAt: '2026-11-22T10:51:43.000Z' },
    `from a backup up to event 12, made ${localTime('2026-11-22T10:51:43.000Z')}`,
  ],
  VaultRekeyed: [{ keyId: '0'.repeat(16), keeper: 'keyring' }, `kept by keyring, key ${'0'.repeat(16)}`],
  NoticeSent: [{ ...notice, until: at, channels: ['phone', 'exec'] }, `expiring told over phone, exec, ends ${here}`],
  NoticeSettled: [notice, 'expiring is over'],
  GatewayStarted: [started, 'run'],
  GatewayStopped: [started, 'run'],
}

function event(type: string, data: WireEvent['data']): WireEvent {
  const actor = { kind: 'timer' } as const
  return { position: 1, stream: 'vault', version: 1, type, schema: 1, at, actor, cause: null, data }
}

describe('an event', () => {
  it.each(Object.keys(eventTable) as EventType[])('%s is told in words', (type) => {
    const [data, expected] = words[type]
    expect(detailsOf(event(type, data))).toBe(expected)
  })

  it('of a newer version is told as it is', () => {
    expect(detailsOf(event('KeyTurned', { profileId, doors: ['a', 'b'] }))).toBe('doors a, b')
    expect(detailsOf(event('CredentialRestricted', { profileId, to: 'codex' }))).toBe('only for codex')
  })

  it('is about one thing', () => {
    expect(subjectOf(event('CredentialsOrdered', order))).toBe('anthropic')
    expect(subjectOf(event('VaultRekeyed', {}))).toBe('vault')
  })
})
