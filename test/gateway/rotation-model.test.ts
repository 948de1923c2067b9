// What holds for every mix of requests, credentials, answers and times: who is tried, who rests, and what the client gets.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cooldownModel } from '../../src/domain/cooldown.ts'
import type { Cooldown } from '../../src/domain/entities.ts'
import { type ProfileId, parseProfileId } from '../../src/domain/ids.ts'
import type { State } from '../../src/domain/state.ts'
import { strategies } from '../../src/domain/strategy.ts'
import { openRotationWorld, type RotationWorld, type Scripted } from './rotation-world.ts'

const ids = ['a', 'b', 'c', 'd'].map((name) => parseProfileId(`anthropic:${name}`))
const holdMs = 2_000
const limitBody = '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'
const at = (ms: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + ms).toISOString()
const limit = (headers: readonly string[]): Scripted => ({ name: 'limited', status: 429, headers, body: limitBody })
const left = (remaining: number): readonly string[] => [
  'x-ratelimit-limit-requests',
  '10',
  'x-ratelimit-remaining-requests',
  String(remaining),
  'x-ratelimit-reset-requests',
  '30s',
]
const ok = (headers: readonly string[] = []): Scripted => ({ name: 'ok', status: 200, headers, body: '{"content":[]}' })
const inStream = (text: string): Scripted => ({
  name: 'in stream',
  status: 200,
  contentType: 'text/event-stream',
  body: `event: error\ndata: ${text}\n\n`,
})

const answer: fc.Arbitrary<Scripted> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(ok(), ok(left(0)), ok(left(1)), ok(left(7))) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      limit([]),
      limit(['retry-after', '1']),
      limit(['retry-after', '40']),
      limit(['retry-after-ms', '300']),
      limit(['anthropic-ratelimit-requests-remaining', '0', 'anthropic-ratelimit-requests-reset', at(60_000)]),
      limit(left(0)),
      inStream(limitBody),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { name: 'unauthorized', status: 401, body: '{}' },
      { name: 'billing', status: 402, body: '{}' },
      { name: 'server', status: 500, body: 'oops' },
      { name: 'no answer', status: 0, body: '' },
      inStream('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}'),
    ),
  },
)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      model: fc.constantFrom('m', 'n', null),
      session: fc.constantFrom(null, 's'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(20), answer }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 300, 1_000, 2_000, 30_000, 61_000, 700_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(20) }) },
)
const setting = fc.record({
  kinds: fc.array(fc.constantFrom('token', 'oauth', 'api_key'), { minLength: 1, maxLength: 4 }),
  group: fc.subarray([...ids], { minLength: 0, maxLength: 3 }),
  strategy: fc.constantFrom(...strategies),
  allowPaidFallback: fc.boolean(),
  order: fc.option(fc.shuffledSubarray([...ids], { minLength: 1 })),
})
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function worldOf({ kinds, group, strategy, allowPaidFallback, order }: Setting): RotationWorld {
  return openRotationWorld({
    stored: Object.fromEntries(
      kinds.map((kind, index) => [ids[index] ?? '', [kind, `sk-ant-test-${ids[index]}`] as const]),
    ),
    settings: { holdMs },
    auth: {
      strategies: { anthropic: strategy },
      quotaGroups: group.length > 1 ? { acme: group } : {},
      allowPaidFallback,
      order: order ? { anthropic: order } : {},
    },
  })
}

async function run(world: RotationWorld, steps: readonly Step[]): Promise<void> {
  for (const each of steps) {
    if (each.do === 'start') world.start(each.model, each.session)
    else if (each.do === 'answer') await world.answer(each.which, each.answer)
    else if (each.do === 'advance') await world.advance(each.ms)
    else await world.leave(each.which)
    await world.settle()
  }
  // Everything under way comes to its end: answers, and the waits of those who wait for them.
  for (let turns = 0; turns < 200; turns++) {
    while (world.inFlight() > 0) await world.answer(0, ok())
    await world.advance(holdMs)
    if (world.inFlight() === 0) break
  }
}

const scenario = fc.tuple(setting, fc.array(step, { minLength: 1, maxLength: 40 }))
const holds = (check: (world: RotationWorld, setting: Setting) => void, numRuns = 250): Promise<void> =>
  fc.assert(
    fc.asyncProperty(scenario, async ([chosen, steps]) => {
      const world = worldOf(chosen)
      await run(world, steps)
      check(world, chosen)
    }),
    { numRuns },
  )

/** The cooldowns that a request for `model` with this credential had to respect, of its group's members as well. */
function concerning(state: State, chosen: Setting, profileId: ProfileId, model: string | null): readonly Cooldown[] {
  const sharing = chosen.group.length > 1 && chosen.group.includes(profileId) ? chosen.group : [profileId]
  return sharing.flatMap((id) => {
    const cooldowns = Object.values(state.credentials[id]?.cooldowns ?? {})
    return cooldowns.filter((each) => each.model === null || each.model === cooldownModel(model))
  })
}

test('each candidate is tried at most once, and one that cools only when nothing else is usable', () =>
  holds(({ attempts, startedAt }) => {
    const seen = new Set<string>()
    for (const { request, profileId, better, wasUsable, startedAt: moment } of attempts) {
      expect(seen).not.toContain(`${request} ${profileId}`)
      seen.add(`${request} ${profileId}`)
      if (!better.includes(profileId)) {
        // An early trial while all cool, or one that waited for a trial for as long as it may.
        expect(better).toEqual([])
        if (wasUsable) expect(moment - startedAt[request]!).toBeGreaterThanOrEqual(holdMs)
      }
    }
  }))

test('only a rate limit leads on, and the client gets the last answer as it came, once', () =>
  holds(({ attempts, outcomes }) => {
    for (const [request, outcome] of outcomes) {
      const own = attempts.filter((each) => each.request === request)
      for (const { answer: given } of own.slice(0, -1)) {
        expect(given?.body.includes('rate_limit_error')).toBe(true)
      }
      const last = own.at(-1)?.answer
      if (outcome.passed === null) continue // words of the gateway's own
      if (!outcome.isKept) expect([outcome.status, outcome.passed]).toEqual([last?.status, last?.body])
    }
  }))

test('there is one event for each cooldown, and answers to older requests neither begin nor lengthen one', () =>
  holds(({ recorded }, chosen) => {
    for (const { event, at: moment, outcome, before } of recorded) {
      if (event.type !== 'CredentialRateLimited') continue
      const { profileId, model = null } = event.data
      for (const { since, until } of concerning(before, chosen, profileId, model)) {
        if (since > moment) continue
        expect(until).toBeLessThanOrEqual(moment)
        expect('startedAt' in outcome ? outcome.startedAt : 0).toBeGreaterThanOrEqual(until)
      }
    }
  }))

test('a cooldown is ended early only by the success of a request that began after it', () =>
  holds(({ recorded }) => {
    for (const { event, at: moment, outcome, before } of recorded) {
      if (event.type !== 'CredentialCooldownCleared') continue
      const { profileId, model = null } = event.data
      const ended = before.credentials[profileId]?.cooldowns[model ?? '*']
      expect(outcome.outcome).toBe('ok')
      expect(ended!.until).toBeGreaterThan(moment)
      expect('startedAt' in outcome ? outcome.startedAt : 0).toBeGreaterThan(ended!.since)
    }
  }))

test('no client is refused for a limit while a credential that it may use is usable', () =>
  holds(({ outcomes }) => {
    for (const { status, usable, passed, isKept } of outcomes.values()) {
      if (status !== 429 || (passed !== null && !isKept && !passed.includes('rate_limit_error'))) continue
      expect(usable).toEqual([])
    }
  }))

/** Every credential cools and is likely to have room again after 3 s: then requests come, and answers to some of them. */
const whileAllRest = (check: (world: RotationWorld) => void): Promise<void> => {
  const rush = fc.record({
    do: fc.constant('start' as const),
    model: fc.constant('m'),
    session: fc.constantFrom(null, 's'),
  })
  const pause = fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 300, 1_000, 2_000) })
  const later = fc.oneof(
    { weight: 4, arbitrary: rush },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(20), answer }) },
    { weight: 2, arbitrary: pause },
  )
  return fc.assert(
    fc.asyncProperty(setting, fc.array(later, { minLength: 3, maxLength: 20 }), async (chosen, steps) => {
      const world = worldOf(chosen)
      world.start('m', null)
      await world.settle()
      while (world.inFlight() > 0) await world.answer(0, limit(left(0)))
      await run(world, steps)
      check(world)
    }),
    { numRuns: 150 },
  )
}

test('of early trials of one credential there is one at a time', () =>
  whileAllRest(({ attempts }) => {
    for (const { wasUsable, early } of attempts) if (!wasUsable) expect(early).toBe(0)
  }))

test('no client is refused for a limit that is likely to have room, before one request has found out', () =>
  whileAllRest(({ outcomes }) => {
    for (const { status, due, passed, isKept } of outcomes.values()) {
      if (status !== 429 || (passed !== null && !isKept && !passed.includes('rate_limit_error'))) continue
      expect(due).toEqual([])
    }
  }))

test('every request is answered, or its client has left', () =>
  holds(({ outcomes, startedAt, gone }) => {
    for (const request of startedAt.keys())
      expect([request, outcomes.has(request) || gone.has(request)]).toEqual([request, true])
  }))

test('money is spent in place of a limited subscription only when that is allowed, and then it is said', () =>
  holds(({ attempts, outcomes }, { kinds, allowPaidFallback, order }) => {
    const isPaid = ({ profileId }: { readonly profileId: ProfileId }): boolean =>
      kinds[ids.indexOf(profileId)] === 'api_key'
    const placeOf = (each: { readonly profileId: ProfileId }): number =>
      order ? order.indexOf(each.profileId) : Number(isPaid(each))
    for (const [request, { headers }] of outcomes) {
      const own = attempts.filter((each) => each.request === request)
      const paid = own.find(isPaid)
      const before = own
        .slice(0, paid ? own.indexOf(paid) : 0)
        .filter((each) => !isPaid(each) && placeOf(each) < placeOf(paid!))
      if (before.length > 0) expect(allowPaidFallback).toBe(true)
      const said = headers.includes('x-traseai-fallback')
      if (said) expect(allowPaidFallback).toBe(true)
      const last = own.at(-1)
      if (before.length > 0 && last && isPaid(last) && outcomes.get(request)?.isKept === false) expect(said).toBe(true)
    }
  }))
