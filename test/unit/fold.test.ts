// What each event changes in the state.
import { expect, test } from 'vitest'
import type { Credential } from '../../src/domain/entities.ts'
import type { DomainEvent } from '../../src/domain/events.ts'
import { parseSessionId } from '../../src/domain/ids.ts'
import { evolve, initialState, parseState, type State } from '../../src/domain/state.ts'
import {
  added,
  anthropic,
  dayMs,
  type Fact,
  gpt,
  home,
  iso,
  main,
  noon,
  print1,
  print2,
  stateAfter,
  work,
} from '../support/story.ts'

const later = noon + dayMs
const session = parseSessionId('s1')
const tokenHash = '0123456789abcdef0123456789abcdef'
const limited: Fact = {
  type: 'CredentialRateLimited',
  data: { profileId: work, until: iso(later), status: 429, refusals: 1 },
}
const disabled: Fact = { type: 'CredentialDisabled', data: { profileId: work, reason: 'billing', retryAt: iso(later) } }
const rotated: Fact = {
  type: 'CredentialRotated',
  at: later,
  data: { profileId: work, from: print1, to: print2, expiresAt: iso(later + 1) },
}
const restricted: Fact = { type: 'CredentialRestricted', data: { profileId: work, to: 'claude-code' } }
const refreshed: Fact = { type: 'CredentialRefreshed', at: later, data: { profileId: work, expiresAt: iso(later + 1) } }

function credentialAfter(...facts: readonly Fact[]): Credential | undefined {
  return stateAfter(added(work, { expiresAt: iso(later) }), ...facts).credentials[work]
}

test('a credential is known from the moment it was added', () => {
  expect(credentialAfter()).toEqual({
    profileId: work,
    provider: anthropic,
    kind: 'api_key',
    source: { kind: 'vault', name: work },
    fingerprint: print1,
    agent: null,
    version: 1,
    addedAt: noon,
    issuedAt: noon,
    expiresAt: later,
    announced: { expiring: null, expired: null },
    disabled: null,
    refreshFailed: null,
    restrictedTo: null,
    cooldowns: {},
  })
})

test('a credential of one agent is known as such', () => {
  expect(stateAfter(added(work, { agent: main })).credentials[work]?.agent).toBe(main)
})

test('a credential without an expiry date has none', () => {
  expect(stateAfter(added()).credentials[work]?.expiresAt).toBeNull()
})

test('a rotation brings a new value, its own dates, and a clean slate', () => {
  const expiring: Fact = { type: 'CredentialExpiring', data: { profileId: work, expiresAt: iso(later) } }
  const before = [limited, disabled, restricted, expiring]
  expect(credentialAfter(...before)).toMatchObject({
    disabled: { reason: 'billing' },
    restrictedTo: 'claude-code',
    announced: { expiring: later },
  })
  expect(credentialAfter(...before, rotated)).toMatchObject({
    fingerprint: print2,
    version: 6,
    addedAt: noon,
    issuedAt: later,
    expiresAt: later + 1,
    announced: { expiring: null, expired: null },
    disabled: null,
    refreshFailed: null,
    restrictedTo: null,
    cooldowns: {},
  })
})

test('a rotation without an expiry date drops the old one', () => {
  expect(
    credentialAfter({ type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } })?.expiresAt,
  ).toBeNull()
})

test('a refresh brings a new date and forgives a refused token, but no unpaid bill and no cooldown', () => {
  const unauthorized: Fact = { type: 'CredentialDisabled', data: { profileId: work, reason: 'unauthorized' } }
  expect(credentialAfter(limited, unauthorized, refreshed)).toMatchObject({
    issuedAt: later,
    expiresAt: later + 1,
    disabled: null,
    cooldowns: { '*': {} },
  })
  expect(credentialAfter(disabled, refreshed)?.disabled?.reason).toBe('billing')
  expect(credentialAfter(refreshed)?.disabled).toBeNull()
})

test('each announcement is remembered by its date', () => {
  const expiring: Fact = { type: 'CredentialExpiring', data: { profileId: work, expiresAt: iso(noon + 1) } }
  const expired: Fact = { type: 'CredentialExpired', data: { profileId: work, expiresAt: iso(noon + 2) } }
  expect(credentialAfter(expiring, expired)?.announced).toEqual({ expiring: noon + 1, expired: noon + 2 })
  expect(credentialAfter(expired, expiring)?.announced).toEqual({ expiring: noon + 1, expired: noon + 2 })
})

test('a credential is disabled with the reason and enabled again', () => {
  expect(credentialAfter(disabled)?.disabled).toEqual({ reason: 'billing', since: noon, retryAt: later })
  expect(
    credentialAfter({ type: 'CredentialDisabled', at: later, data: { profileId: work, reason: 'user' } })?.disabled,
  ).toEqual({ reason: 'user', since: later, retryAt: null })
  expect(
    credentialAfter(disabled, { type: 'CredentialEnabled', data: { profileId: work, reason: 'user' } })?.disabled,
  ).toBeNull()
})

test('a credential that its provider takes from one program only is known as such, also after a refresh', () => {
  expect(credentialAfter(restricted)?.restrictedTo).toBe('claude-code')
  expect(credentialAfter(restricted, refreshed)?.restrictedTo).toBe('claude-code')
})

test('clearing empties the cooldowns', () => {
  expect(credentialAfter(limited)?.cooldowns).toEqual({ '*': { model: null, since: noon, until: later, refusals: 1 } })
  expect(
    credentialAfter(limited, { type: 'CredentialCooldownCleared', data: { profileId: work, reason: 'user' } })
      ?.cooldowns,
  ).toEqual({})
})

test('an event that changes no more than the history still counts in the version', () => {
  const revealed: Fact = { type: 'CredentialRevealed', data: { profileId: work } }
  expect(credentialAfter(revealed)).toEqual({ ...credentialAfter(), version: 2 })
})

test('failed refreshes in a row began with the first, until one succeeds', () => {
  const failed = (error: string, at: number): Fact => ({
    type: 'CredentialRefreshFailed',
    data: { profileId: work, error },
    at,
  })
  const twice = [failed('no', later), failed('no again', later + 1)]
  expect(credentialAfter(...twice)?.refreshFailed).toEqual({ since: later, error: 'no again' })
  expect(credentialAfter(...twice, refreshed)?.refreshFailed).toBeNull()
  expect(credentialAfter(...twice, rotated)?.refreshFailed).toBeNull()
})

test('a block that is renewed began with its first refusal', () => {
  const again: Fact = { ...disabled, at: later }
  expect(credentialAfter(disabled, again)?.disabled?.since).toBe(noon)
})

test('a notice is known by the channels that took it, until its matter is over', () => {
  const about = { key: 'expiring:x', kind: 'expiring', profileId: work }
  const sent = (at: number, ...channels: string[]): Fact => ({
    type: 'NoticeSent',
    data: { ...about, until: iso(later), channels },
    at,
  })
  const told = [sent(noon, 'phone'), sent(noon + 1, 'mail'), sent(noon + 2, 'phone')]
  expect(stateAfter(...told).notices['expiring:x']).toEqual({
    ...about,
    until: later,
    channels: {
      phone: { firstAt: noon, lastAt: noon + 2, times: 2 },
      mail: { firstAt: noon + 1, lastAt: noon + 1, times: 1 },
    },
  })
  expect(stateAfter(...told, { type: 'NoticeSettled', data: about }).notices).toEqual({})
})

test('what is removed, revoked, cleared or unpinned leaves the state', () => {
  const removed: readonly Fact[] = [
    { type: 'CredentialRemoved', data: { profileId: work, reason: '' } },
    { type: 'ClientRevoked', data: { name: 'laptop', tokenHash } },
    { type: 'CredentialOrderCleared', data: { agent: main, provider: anthropic, profileIds: [] } },
    { type: 'ModelUnpinned', data: { session, agent: main, model: 'anthropic/opus', reason: 'user' } },
  ]
  const full = everything()
  expect(removed.reduce((state, fact) => evolve(state, { ...fact, stream: '', version: 9, at: noon }), full)).toEqual(
    initialState,
  )
})

test('clients, orders and pins are known with what they stand for', () => {
  expect(everything()).toMatchObject({
    clients: { laptop: { name: 'laptop', tokenHash, issuedAt: noon, boundToPid: null, version: 2 } },
    orders: { 'main/anthropic': { agent: main, provider: anthropic, profileIds: [work, home], version: 3 } },
    pins: { s1: { session, agent: main, model: 'anthropic/opus', profileId: null, pinnedAt: noon, version: 4 } },
  })
  const pinned = stateAfter({
    type: 'ModelPinned',
    data: { session, agent: main, model: 'anthropic/opus', profileId: work },
  })
  expect(pinned.pins['s1']?.profileId).toBe(work)
  const bound = stateAfter({ type: 'ClientIssued', data: { name: 'exec', tokenHash, boundToPid: 7 } })
  expect(bound.clients['exec']?.boundToPid).toBe(7)
})

test('an event about what is not there changes nothing', () => {
  const strangers: readonly DomainEvent[] = [
    { type: 'CredentialRemoved', data: { profileId: gpt, reason: '' } },
    { type: 'CredentialRotated', data: { profileId: gpt, from: print1, to: print2 } },
    { type: 'CredentialRevealed', data: { profileId: gpt } },
    { type: 'ClientRevoked', data: { name: 'constructor', tokenHash } },
    { type: 'ModelUnpinned', data: { session: parseSessionId('s2'), agent: main, model: '', reason: 'user' } },
    { type: 'GatewayStarted', data: { version: '', reason: '' } },
    { type: 'GatewayStopped', data: { version: '', reason: '' } },
    { type: 'BackupMade', data: { position: 1, sealedFor: 'passphrase', masterKey: true } },
    { type: 'HomeRestored', data: { position: 1, madeAt: '2026-11-22T10:51:43.000Z' } },
    { type: 'VaultRekeyed', data: { keyId: '0123456789abcdef', keeper: 'key-file' } },
    { type: 'CredentialRestricted', data: { profileId: gpt, to: 'claude-code' } },
  ]
  const state = everything()
  for (const event of strangers) expect(evolve(state, { ...event, stream: '', version: 9, at: noon })).toBe(state)
})

test('an event leaves everything that it does not concern as the same object', () => {
  const state = everything()
  const next = evolve(state, { ...limited, stream: '', version: 9, at: noon })
  expect(next).not.toBe(state)
  expect([next.orders, next.clients, next.pins]).toEqual([state.orders, state.clients, state.pins])
  expect([next.orders === state.orders, next.clients === state.clients, next.pins === state.pins]).toEqual([
    true,
    true,
    true,
  ])
})

test('a snapshot is read back as it was', () => {
  const state = everything()
  expect(parseState(JSON.parse(JSON.stringify(state)))).toEqual(state)
  expect(parseState({ credentials: {}, orders: {}, clients: {}, pins: {}, notices: {} })).toEqual(initialState)
})

test.each<[string, unknown]>([
  ['nothing', null],
  ['text', '{}'],
  ['a list', []],
  ['an empty object', {}],
  ['a missing part', { credentials: {}, orders: {}, clients: {} }],
  ['a part too many', { ...initialState, more: {} }],
  ['a credential that is none', { ...initialState, credentials: { [work]: {} } }],
  ['a date that is none', damaged((credential) => ({ ...credential, expiresAt: 'soon' }))],
  [
    'a cooldown without an end',
    damaged((credential) => ({ ...credential, cooldowns: { '*': { model: null, since: 1, refusals: 1 } } })),
  ],
  [
    'an unknown reason',
    damaged((credential) => ({ ...credential, disabled: { reason: 'mood', since: 1, retryAt: null } })),
  ],
  ['an unknown restriction', damaged((credential) => ({ ...credential, restrictedTo: 'mood' }))],
  [
    'a credential of nobody knows whom',
    damaged((credential) => {
      const { agent: _agent, ...rest } = credential ?? { agent: null }
      return rest
    }),
  ],
  ['a client without a token', { ...initialState, clients: { laptop: { name: 'laptop' } } }],
  [
    'an order of numbers',
    {
      ...initialState,
      orders: { 'main/anthropic': { agent: 'main', provider: 'anthropic', profileIds: [1], version: 1 } },
    },
  ],
  [
    'a pin without a model',
    { ...initialState, pins: { s1: { session: 's1', agent: 'main', profileId: null, version: 1 } } },
  ],
])('a snapshot that is %s is not used', (_what, snapshot) => {
  expect(parseState(snapshot)).toBeNull()
})

function damaged(change: (credential: Credential | undefined) => unknown): unknown {
  return { ...initialState, credentials: { [work]: change(stateAfter(added()).credentials[work]) } }
}

function everything(): State {
  return stateAfter(
    added(),
    { type: 'ClientIssued', data: { name: 'laptop', tokenHash } },
    { type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [work, home] } },
    { type: 'ModelPinned', data: { session, agent: main, model: 'anthropic/opus' } },
  )
}
