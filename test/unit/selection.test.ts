// Which credential a request gets, rule by rule.
import { describe, expect, test } from 'vitest'
import { dueSoonest } from '../../src/domain/candidate.ts'
import {
  candidateOf,
  choose,
  cooling,
  credential,
  disabled,
  hourMs,
  idsOf,
  now,
  pin,
} from '../support/selection-input.ts'

const work = credential('anthropic:work')
const home = credential('anthropic:home')
const variable = credential('anthropic:ANTHROPIC_API_KEY')
const live = credential('anthropic:TRASEAI_LIVE_ANTHROPIC_KEY')

describe('without pin or order', () => {
  test('OAuth comes first, then tokens, then API keys, then the environment', () => {
    const all = [
      variable,
      credential('anthropic:key'),
      credential('anthropic:token', { kind: 'token' }),
      credential('anthropic:oauth', { kind: 'oauth' }),
    ]
    const selection = choose(all)
    expect(selection.basis).toBe('default')
    expect(idsOf(selection)).toEqual([
      'anthropic:oauth',
      'anthropic:token',
      'anthropic:key',
      'anthropic:ANTHROPIC_API_KEY',
    ])
    expect(selection.next).toBe('anthropic:oauth')
    expect(candidateOf(selection, 'anthropic:oauth')?.reason).toBeNull()
  })

  test('within a kind the longest unused comes first, and one never used before all', () => {
    const all = ['c', 'b', 'a', 'd'].map((name) => credential(`anthropic:${name}`))
    const lastUsedAt = new Map([
      [pin('anthropic:a'), 30],
      [pin('anthropic:c'), 10],
    ])
    expect(idsOf(choose(all, { lastUsedAt }))).toEqual(['anthropic:b', 'anthropic:d', 'anthropic:c', 'anthropic:a'])
  })

  test('the environment keeps its own order, used or not', () => {
    const [first, second] = ['anthropic:ANTHROPIC_API_KEY_2', 'anthropic:ANTHROPIC_API_KEY_10'].map((id) =>
      credential(id),
    )
    const lastUsedAt = new Map([[first!.profileId, 99]])
    const order = [first!.profileId, second!.profileId]
    expect(idsOf(choose([second!, first!], { environmentOrder: order, lastUsedAt }))).toEqual(order)
  })

  test('a reference counts as stored', () => {
    const reference = credential('anthropic:ref', { source: { kind: 'reference', name: 'exec' } })
    expect(idsOf(choose([variable, reference]))).toEqual(['anthropic:ref', 'anthropic:ANTHROPIC_API_KEY'])
  })

  test('with no credentials there is nothing to use', () => {
    expect(choose([])).toEqual({ basis: 'default', candidates: [], next: null })
  })
})

describe('a pin', () => {
  test('on the request beats everything else', () => {
    const selection = choose([work, home, live, variable], {
      requestPin: home.profileId,
      sessionPin: work.profileId,
      liveOverride: live.profileId,
      agentOrder: [work.profileId],
    })
    expect(selection.basis).toBe('request-pin')
    expect(selection.next).toBe(home.profileId)
    expect(candidateOf(selection, work.profileId)).toMatchObject({
      status: 'excluded',
      reason: 'the request is pinned to anthropic:home',
    })
  })

  test('of the session beats the live override', () => {
    const selection = choose([work, live], { sessionPin: work.profileId, liveOverride: live.profileId })
    expect([selection.basis, selection.next]).toEqual(['session-pin', work.profileId])
  })

  test('of the session for another provider does not matter here', () => {
    expect(choose([work], { sessionPin: pin('openai:default') })).toMatchObject({
      basis: 'default',
      next: work.profileId,
    })
  })

  test.each([
    ['cooling', cooling(now + 1_000)],
    ['disabled', disabled('unauthorized')],
    ['expired', { expiresAt: now - 1 }],
  ] as const)('to one that is %s never falls over to another', (status, changes) => {
    const pinned = credential('anthropic:pinned', changes)
    const selection = choose([work, pinned], { requestPin: pinned.profileId })
    expect(selection.next).toBeNull()
    expect(selection.candidates.map((candidate) => candidate.status)).toEqual([status, 'excluded'])
  })

  test('to one that is gone uses no other', () => {
    expect(choose([work], { sessionPin: pin('anthropic:gone') })).toMatchObject({
      next: null,
      candidates: [
        { profileId: work.profileId, status: 'excluded', reason: 'the session is pinned to anthropic:gone' },
      ],
    })
  })
})

describe('an order', () => {
  test('the live override uses one key only', () => {
    const selection = choose([work, live, variable], { liveOverride: live.profileId, agentOrder: [work.profileId] })
    expect([selection.basis, selection.next]).toEqual(['live-override', live.profileId])
    expect(candidateOf(selection, work.profileId)).toMatchObject({
      status: 'excluded',
      reason: 'TRASEAI_LIVE_ANTHROPIC_KEY overrides every other key',
    })
  })

  test('of the agent beats that of the configuration, and only the listed ones are used', () => {
    const selection = choose([work, home, variable], {
      agentOrder: [variable.profileId, home.profileId],
      configOrder: [work.profileId],
    })
    expect(selection.basis).toBe('agent-order')
    expect(idsOf(selection)).toEqual([variable.profileId, home.profileId, work.profileId])
    expect(candidateOf(selection, work.profileId)?.reason).toBe('not in the order set for this agent')
  })

  test('of the configuration says so', () => {
    const selection = choose([work, home], { configOrder: [home.profileId] })
    expect(selection.basis).toBe('config-order')
    expect(candidateOf(selection, work.profileId)?.reason).toBe('not in auth.order of traseai.json')
  })

  test('skips ids that no credential has, and takes one that is listed twice once', () => {
    const order = [pin('anthropic:gone'), home.profileId, work.profileId, home.profileId]
    expect(idsOf(choose([work, home], { agentOrder: order }))).toEqual([home.profileId, work.profileId])
  })
})

describe('one that cannot be used keeps its place and is passed over', () => {
  test.each([
    ['cooling', 'rate limited', now + 5_000, cooling(now + 5_000)],
    ['disabled', 'the provider refused it as unauthorized', null, disabled('unauthorized')],
    ['disabled', 'the provider refused it for billing', now + 5_000, disabled('billing', now + 5_000)],
    ['disabled', 'switched off by hand', null, disabled('user')],
    ['expired', 'expired', null, { expiresAt: now }],
  ] as const)('%s: %s', (status, reason, until, changes) => {
    const first = credential('anthropic:a', changes)
    const selection = choose([first, work], { agentOrder: [first.profileId, work.profileId] })
    expect(selection.candidates[0]).toMatchObject({ profileId: first.profileId, status, reason, until })
    expect(selection.next).toBe(work.profileId)
  })

  test('a cooldown of one model leaves the others alone', () => {
    const limited = credential('anthropic:a', cooling(now + 5_000, 'opus'))
    expect(choose([limited], { model: 'sonnet' }).next).toBe(limited.profileId)
    expect(choose([limited], { model: 'opus' }).candidates[0]).toMatchObject({
      status: 'cooling',
      reason: 'rate limited for opus',
      until: now + 5_000,
    })
  })

  test('a cooldown that has ended does not count', () => {
    expect(choose([credential('anthropic:a', cooling(now))]).next).toBe('anthropic:a')
  })

  test('what is expired and refused is expired: that is why it is refused', () => {
    const both = credential('anthropic:a', { ...disabled('unauthorized'), expiresAt: now - 1 })
    expect(choose([both]).candidates[0]?.status).toBe('expired')
  })

  test('what a person switched off is just that', () => {
    const both = credential('anthropic:a', { ...disabled('user'), expiresAt: now - 1 })
    expect(choose([both]).candidates[0]?.status).toBe('disabled')
  })
})

describe('still usable', () => {
  test('is one that will expire soon', () => {
    const soon = credential('anthropic:a', { issuedAt: now - hourMs, expiresAt: now + hourMs })
    const selection = choose([soon])
    expect(selection).toMatchObject({
      next: 'anthropic:a',
      candidates: [{ status: 'expiring', reason: null }],
    })
  })

  test('is one whose billing block has run out, for a trial', () => {
    const blocked = credential('anthropic:a', disabled('billing', now))
    expect(choose([blocked])).toMatchObject({
      next: 'anthropic:a',
      candidates: [{ status: 'ready', reason: 'one trial after a billing block', until: null }],
    })
  })
})

describe('a session', () => {
  test('keeps the credential it last got', () => {
    const selection = choose([work, home], { sessionLast: work.profileId })
    expect(idsOf(selection)).toEqual([work.profileId, home.profileId])
    expect(selection.candidates[0]?.reason).toBe('this session used it last')
  })

  test('loses it when it cannot be used', () => {
    const limited = credential('anthropic:z', cooling(now + 1))
    expect(choose([home, limited], { sessionLast: limited.profileId }).next).toBe(home.profileId)
  })

  test('does not get one that the order leaves out', () => {
    const selection = choose([work, home], { agentOrder: [home.profileId], sessionLast: work.profileId })
    expect(selection.next).toBe(home.profileId)
    expect(candidateOf(selection, work.profileId)?.status).toBe('excluded')
  })
})

describe('when nothing is usable', () => {
  test('the one that is due soonest is known', () => {
    const all = [
      credential('anthropic:a', cooling(now + 9_000)),
      credential('anthropic:b', cooling(now + 4_000)),
      credential('anthropic:c', disabled('user')),
    ]
    expect(dueSoonest(choose(all).candidates)).toMatchObject({ profileId: 'anthropic:b', until: now + 4_000 })
  })

  test('nobody is due when none is cooling', () => {
    expect(dueSoonest(choose([work, credential('anthropic:a', disabled('billing', now + 5))]).candidates)).toBeNull()
    expect(dueSoonest(choose([]).candidates)).toBeNull()
  })
})
