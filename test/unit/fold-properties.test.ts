// The state folded from the log equals the live state, whatever was asked for, in whatever order.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import { decide, streamOf, versionOf } from '../../src/domain/decide.ts'
import { decodeEvent, eventTable } from '../../src/domain/events.ts'
import { parseAgentId, parseFingerprint, parseProfileId, parseSessionId, providerOf } from '../../src/domain/ids.ts'
import { evolve, initialState, parseState, type State } from '../../src/domain/state.ts'
import { TraseError } from '../../src/errors.ts'
import { noon, type Story, tell, untold } from '../support/story.ts'

const profileId = fc.constantFrom('anthropic:a', 'anthropic:b', 'openai:a', 'openai:KEY#a1b2c3').map(parseProfileId)
const agent = fc.constantFrom('main', 'team:x').map(parseAgentId)
const fingerprint = fc.constantFrom('0000000000000001', '0000000000000002').map(parseFingerprint)
const instant = fc.integer({ min: noon - 10_000_000, max: noon + 10_000_000 })
const reason = fc.constantFrom('unauthorized', 'billing', 'user')
const model = fc.oneof(fc.constantFrom('opus', '*', '__proto__', 'constructor', ''), fc.string({ maxLength: 300 }))
const name = fc.constantFrom('laptop', 'constructor', '__proto__', 'exec:7', '')
const source = fc.record({
  kind: fc.constantFrom('vault', 'env-file', 'process-env', 'reference'),
  name: fc.constantFrom('A', 'B'),
})

const session = fc.constantFrom('chat:1', 'constructor', '42').map(parseSessionId)

const noticeKey = fc.constantFrom('expired:a', 'missing:b')
const command: fc.Arbitrary<Command> = fc.oneof(
  fc
    .record({
      profileId,
      kind: fc.constantFrom('api_key', 'token', 'oauth'),
      source,
      fingerprint,
      expiresAt: fc.option(instant),
      agent: fc.option(agent),
    })
    .map((added): Command => ({ type: 'AddCredential', provider: providerOf(added.profileId), ...added })),
  fc.record({ type: fc.constant('RemoveCredential'), profileId, reason: fc.string() }),
  fc.record({
    type: fc.constant('RecordRateLimit'),
    profileId,
    model: fc.option(model),
    status: fc.constantFrom(429, 529),
    retryAfterMs: fc.option(fc.double()),
    startedAt: instant,
    ladderMs: fc.array(fc.nat(600_000), { maxLength: 3 }),
    succeededSince: fc.boolean(),
  }),
  fc.record({ type: fc.constant('ClearCooldowns'), profileId, reason: fc.constant('user') }),
  fc.record({
    type: fc.constant('ClearCooldowns'),
    profileId,
    reason: fc.constant('trial'),
    model: fc.option(fc.constantFrom('opus', 'haiku')),
    startedAt: fc.integer({ min: 0, max: 2_000_000 }),
  }),
  fc.record({
    type: fc.constant('DisableCredential'),
    profileId,
    reason,
    retryAt: fc.option(instant),
    startedAt: instant,
  }),
  fc.record({ type: fc.constant('EnableCredential'), profileId, reason }),
  fc.record({ type: fc.constant('RecordReveal'), profileId }),
  fc.record({ type: fc.constant('AnnounceExpiry'), profileId, warningMs: fc.nat(20_000_000) }),
  fc.record({
    type: fc.constant('RecordRestriction'),
    profileId,
    to: fc.constant('claude-code'),
    startedAt: instant,
  }),
  fc.record({
    type: fc.constant('RecordBackup'),
    position: fc.nat(1_000),
    recipients: fc.option(fc.array(fc.constant('age1example'), { maxLength: 2 })),
    masterKey: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('RecordRestore'),
    position: fc.nat(1_000),
    madeAt: fc.constant('2026-11-22T10:51:43.000Z'),
  }),
  fc.record({
    type: fc.constant('RecordRekey'),
    keyId: fc.constantFrom('0123456789abcdef', 'fedcba9876543210'),
    keeper: fc.constantFrom('systemd', 'key-file'),
  }),
  fc.record({
    type: fc.constant('RecordNotice'),
    matter: fc.record({ key: noticeKey, kind: fc.constant('expired'), until: fc.option(instant) }),
    channels: fc.uniqueArray(fc.constantFrom('ntfy', 'exec', 'toString'), { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('SettleNotice'), key: noticeKey }),
  fc.record({ agent, profileIds: fc.array(profileId, { maxLength: 3 }) }).map(({ agent, profileIds }): Command => ({
    type: 'SetOrder',
    agent,
    provider: providerOf(profileIds[0] ?? parseProfileId('openai:a')),
    profileIds,
  })),
  fc
    .record({ agent, profileId })
    .map(({ agent, profileId }): Command => ({ type: 'ClearOrder', agent, provider: providerOf(profileId) })),
  fc.record({
    type: fc.constant('IssueClient'),
    name,
    tokenHash: fc.constant('0123456789abcdef0123456789abcdef'),
    boundToPid: fc.option(fc.integer({ min: 1 })),
  }),
  fc.record({ type: fc.constant('RevokeClient'), name }),
  fc.record({
    type: fc.constant('PinModel'),
    session,
    agent,
    model: fc.constantFrom('anthropic/opus', 'openai/gpt', 'openrouter/anthropic/opus', 'opus'),
    profileId: fc.option(profileId),
  }),
  fc.record({ type: fc.constant('UnpinModel'), session, reason: fc.constantFrom('user', 'limit') }),
  fc.record({ type: fc.constantFrom('RecordStart', 'RecordStop'), version: fc.string(), reason: fc.string() }),
)

/** Commands at moments that mostly go forwards: a clock may be set back. */
const commands = fc.array(fc.tuple(command, fc.integer({ min: -5_000, max: 400_000 })), { maxLength: 60 })

function telling(steps: readonly (readonly [Command, number])[]): Story {
  let at = noon
  return steps.reduce((story, [command, waitMs]) => tell(story, command, (at += waitMs)), untold)
}

test('the folded state equals the live one, from the beginning and from a snapshot at any point', () => {
  fc.assert(
    fc.property(commands, fc.nat(60), (steps, cut) => {
      const { state, events } = telling(steps)
      expect(events.reduce(evolve, initialState)).toEqual(state)
      const snapshot = JSON.stringify(events.slice(0, cut).reduce(evolve, initialState))
      const restored = parseState(JSON.parse(snapshot))
      expect(restored && JSON.stringify(restored)).toBe(snapshot)
      expect(events.slice(cut).reduce(evolve, restored ?? initialState)).toEqual(state)
      expect(JSON.stringify(events.slice(cut).reduce(evolve, restored ?? initialState))).toBe(JSON.stringify(state))
    }),
  )
})

test('every decided event can be written and read back', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      telling(steps).events.forEach(({ stream, version, at, type, data }, index) => {
        const written: unknown = JSON.parse(JSON.stringify(data))
        const envelope = { position: index + 1, stream, version, at, actor: { kind: 'rpc' as const }, cause: null }
        const read = decodeEvent({ ...envelope, type, schema: eventTable[type].schema, data: written })
        expect(read).toEqual({ ...envelope, type, data })
      })
    }),
  )
})

test('the state knows the version of every stream whose entity it holds', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      const { state, events } = telling(steps)
      const versions = new Map(events.map(({ stream, version }) => [stream, version]))
      for (const [stream, version] of versions) expect([null, version]).toContain(versionOf(state, stream))
      expect(streamsIn(state).map((stream) => versionOf(state, stream))).toEqual(
        streamsIn(state).map((stream) => versions.get(stream)),
      )
    }),
  )
})

test('the order of different streams does not matter', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      const { state, events } = telling(steps)
      const byStream = events.toSorted((a, b) => a.stream.localeCompare(b.stream) || a.version - b.version)
      expect(byStream.reduce(evolve, initialState)).toEqual(state)
    }),
  )
})

test('nothing but an addition or a rotation ever concerns a credential that is not there', () => {
  fc.assert(
    fc.property(commands, command, (steps, next) => {
      const { state } = telling(steps)
      if (!('profileId' in next) || next.type === 'AddCredential' || next.profileId === null) return
      if (Object.hasOwn(state.credentials, next.profileId)) return
      expect(decidedOrRefused(state, next)).toEqual([])
    }),
  )
})

test('asking for the same again at once changes nothing more, unless it is a fact of its own', () => {
  const facts: ReadonlySet<Command['type']> = new Set([
    'RecordReveal',
    'RecordStart',
    'RecordStop',
    'RecordRekey',
    'RecordNotice',
    'RecordBackup',
    'RecordRestore',
  ])
  fc.assert(
    fc.property(commands, command, (steps, next) => {
      fc.pre(!facts.has(next.type) && !(next.type === 'DisableCredential' && next.reason === 'billing'))
      const once = tell(telling(steps), next, noon + 100_000_000)
      expect(tell(once, next, noon + 100_000_000).state).toEqual(once.state)
    }),
  )
})

function decidedOrRefused(state: State, command: Command): readonly unknown[] {
  try {
    return decide(state, command, noon)
  } catch (error) {
    if (error instanceof TraseError) return []
    throw error
  }
}

function streamsIn(state: State): string[] {
  return [
    ...Object.values(state.credentials).map(({ profileId }) => `credential:${profileId}`),
    ...Object.values(state.orders).map(({ agent, provider }) => streamOf({ type: 'ClearOrder', agent, provider })),
    ...Object.keys(state.clients).map((name) => `client:${name}`),
    ...Object.keys(state.pins).map((id) => `session:${id}`),
  ]
}
