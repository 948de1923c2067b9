// Which stream a command belongs to, and which version of it the state knows.
import { expect, test } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import { streamOf, versionOf } from '../../src/domain/decide.ts'
import { parseAgentId, parseSessionId } from '../../src/domain/ids.ts'
import { added, anthropic, given, main, print1, stateAfter, work } from '../support/story.ts'

const source = { kind: 'vault', name: 'anthropic:work' } as const
const tokenHash = '0123456789abcdef0123456789abcdef'
const limit = { model: null, status: 429, retryAfterMs: null, startedAt: 0, ladderMs: [], succeededSince: false }

test.each<[string, Command]>([
  [
    'credential:anthropic:work',
    {
      type: 'AddCredential',
      profileId: work,
      provider: anthropic,
      kind: 'token',
      source,
      fingerprint: print1,
      expiresAt: null,
      agent: null,
    },
  ],
  ['credential:anthropic:work', { type: 'RemoveCredential', profileId: work, reason: '' }],
  ['credential:anthropic:work', { type: 'RecordRateLimit', profileId: work, ...limit }],
  ['credential:anthropic:work', { type: 'ClearCooldowns', profileId: work, reason: 'user' }],
  [
    'credential:anthropic:work',
    { type: 'DisableCredential', profileId: work, reason: 'user', retryAt: null, startedAt: 0 },
  ],
  ['credential:anthropic:work', { type: 'EnableCredential', profileId: work, reason: 'user' }],
  ['credential:anthropic:work', { type: 'RecordReveal', profileId: work }],
  ['order:main:anthropic', { type: 'SetOrder', agent: main, provider: anthropic, profileIds: [] }],
  ['order:main:anthropic', { type: 'ClearOrder', agent: main, provider: anthropic }],
  ['client:laptop', { type: 'IssueClient', name: 'laptop', tokenHash, boundToPid: null }],
  ['client:laptop', { type: 'RevokeClient', name: 'laptop' }],
  ['gateway', { type: 'RecordStart', version: '1', reason: '' }],
  ['gateway', { type: 'RecordStop', version: '1', reason: '' }],
])('the stream is %s for %o', (stream, command) => {
  expect(streamOf(command)).toBe(stream)
})

test('the state knows the version of everything it holds', () => {
  const agent = parseAgentId('team:a')
  const session = parseSessionId('chat:1')
  const state = stateAfter(
    added(work),
    { type: 'CredentialsOrdered', data: { agent, provider: anthropic, profileIds: [work] } },
    { type: 'ClientIssued', data: { name: 'exec:7', tokenHash } },
    { type: 'ModelPinned', data: { session, agent, model: 'anthropic/opus' } },
  )
  const streams = ['credential:anthropic:work', 'order:team:a:anthropic', 'client:exec:7', 'session:chat:1']
  expect(streams.map((stream) => versionOf(state, stream))).toEqual([1, 2, 3, 4])
})

test('about anything else only the log can tell', () => {
  const streams = [
    'credential:anthropic:work',
    'order:main:anthropic',
    'client:constructor',
    'session:toString',
    'gateway',
    'credential',
    '',
    'other:x',
  ]
  expect(streams.map((stream) => versionOf(stateAfter(), stream))).toEqual(streams.map(() => null))
})

test('the gateway records that it started and that it stopped', () => {
  given()
    .when({ type: 'RecordStart', version: '0.1.0', reason: 'systemd' })
    .thenHappens({ type: 'GatewayStarted', data: { version: '0.1.0', reason: 'systemd' } })
  given()
    .when({ type: 'RecordStop', version: '0.1.0', reason: 'SIGTERM' })
    .thenHappens({ type: 'GatewayStopped', data: { version: '0.1.0', reason: 'SIGTERM' } })
})
