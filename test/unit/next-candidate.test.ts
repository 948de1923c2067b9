// The fast way to the next candidate finds what the whole selection finds, whatever there is to choose from.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Credential } from '../../src/domain/entities.ts'
import { isStored } from '../../src/domain/entities.ts'
import { makeRoster, nextCandidate, type Roster } from '../../src/domain/next-candidate.ts'
import type { Quota } from '../../src/domain/quota.ts'
import { limitKey, quotaGroups, sharedLimits } from '../../src/domain/quota-group.ts'
import { isUsable } from '../../src/domain/candidate.ts'
import { orderOf, select, type SelectionInput } from '../../src/domain/selection.ts'
import { strategies } from '../../src/domain/strategy.ts'
import { steadyOrder } from '../../src/domain/usual-order.ts'
import { credential, disabled, inputOf, now, pin } from '../support/selection-input.ts'

const names = ['a', 'b', 'c', 'd', 'ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY_B'].map((name) => pin(`anthropic:${name}`))
const moment = fc.constantFrom(-700_000, -2, -1, 0, 1, 2).map((ms) => now + ms)
const model = fc.constantFrom(null, 'm', 'n')

const cooldowns = fc
  .array(fc.record({ model, since: moment, until: moment, refusals: fc.constant(1) }), { maxLength: 2 })
  .map((list) => Object.fromEntries(list.map((each) => [each.model ?? '*', each])))
const changes = fc.record({
  kind: fc.constantFrom('oauth', 'token', 'api_key'),
  cooldowns,
  disabled: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    fc.constantFrom(
      disabled('user').disabled!,
      disabled('unauthorized').disabled!,
      disabled('billing', now + 1).disabled!,
      disabled('billing', now - 1).disabled!,
    ),
  ),
  expiresAt: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, moment),
})
const credentials = fc.subarray(names).chain((some) =>
  fc.tuple(
    ...some.map((id) =>
      changes.map(({ kind, ...rest }): Credential => {
        const made = credential(id, rest)
        return isStored(made.source) ? { ...made, kind } : made
      }),
    ),
  ),
)
const quota = fc.option(
  fc.record({
    limits: fc.array(
      fc.record({
        of: fc.constantFrom('requests', 'tokens'),
        left: fc.constantFrom(0, 1, 5),
        whole: fc.constantFrom(null, 5, 10),
        resetAt: moment,
      }),
      { maxLength: 2 },
    ),
    startedSince: fc.nat(2),
  }),
)
/** Mostly without a pin: an order of one leaves nothing to choose. */
const maybe = fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, fc.constantFrom(...names))
const order = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 6 }),
)
const group = fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 4 })
const world = fc.record({
  credentials,
  groups: fc.dictionary(fc.constantFrom('g', 'h'), group),
  pins: fc.record({ requestPin: maybe, sessionPin: maybe, liveOverride: maybe }),
  agentOrder: order,
  configOrder: order,
  sessionLast: fc.option(fc.constantFrom(...names)),
  model,
  strategy: fc.constantFrom(...strategies),
  allowPaidFallback: fc.boolean(),
  tried: fc.subarray(names).map((some) => new Set(some)),
  used: fc.array(fc.constantFrom(-1, 1, 2), { minLength: 6, maxLength: 6 }),
  started: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
  quotas: fc.array(quota, { minLength: 6, maxLength: 6 }),
  provenAt: fc.array(moment, { minLength: 6, maxLength: 6 }),
  busy: fc.nat(3),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

/** The world as selection sees it. */
function inputFor(each: World): SelectionInput {
  const { credentials, groups: configured, pins, quotas, provenAt, used, started } = each
  const groups = sharedLimits(
    quotaGroups(configured),
    Object.fromEntries(credentials.map((one) => [one.profileId, one])),
  )
  const numberOf = (key: string): number => names.findIndex((id) => limitKey(id, groups.get(id)) === key)
  return inputOf(credentials, {
    ...each,
    ...pins,
    groups,
    facts: {
      use: (id) => ({ lastUsedAt: used[names.indexOf(id)]!, lastStart: started[names.indexOf(id)]! }),
      limit: (key) => ({
        quotaOf: (): Quota | null => quotas[numberOf(key)] ?? null,
        likelyAt: () => now,
        succeededSince: (_model, since) => provenAt[numberOf(key)]! >= since,
      }),
    },
  })
}

function rosterFor(input: SelectionInput): Roster {
  const { listed } = orderOf(input)
  const known = new Map(input.credentials.map((each) => [each.profileId, each]))
  const included = [...new Set(listed ?? [])].flatMap((id) => known.get(id) ?? [])
  return makeRoster(listed === null ? steadyOrder(input) : included, listed === null, input.facts, input.groups)
}

/** Some trials are under way, others are not. */
const isBusyBy =
  (salt: number) =>
  ({ key }: { readonly key: string }): boolean =>
    (key.length + salt) % 3 === 0

test('the first that the whole selection would try, and in whose place it spends', () => {
  fc.assert(
    fc.property(world, (each) => {
      const input = inputFor(each)
      const isBusy = isBusyBy(each.busy)
      const expected = select(input).candidates.find(
        (one) => isUsable(one) && !input.tried.has(one.profileId) && !(one.trial && isBusy(one.trial)),
      )
      const choice = nextCandidate(rosterFor(input), { ...input, isBusy })
      expect(choice?.profileId ?? null).toBe(expected?.profileId ?? null)
      expect(choice?.trial ?? null).toEqual(expected?.trial ?? null)
      expect(choice?.fallbackFor === null).toBe(!expected?.fallbackFor && choice !== null)
    }),
    { numRuns: 4_000 },
  )
})

test('an order that was prepared for one request serves the next ones, at other times and for other models', () => {
  const visit = fc.record({ later: fc.constantFrom(-1, 0, 1, 2, 3, 600_001), model, tried: fc.subarray(names) })
  fc.assert(
    fc.property(world, fc.array(visit, { minLength: 1, maxLength: 6 }), (each, visits) => {
      const input = inputFor(each)
      const kept = rosterFor(input)
      for (const { later, model: asked, tried } of visits) {
        const request = {
          ...input,
          now: now + later,
          model: asked,
          tried: new Set(tried),
          isBusy: () => false,
        }
        expect(nextCandidate(kept, request)).toEqual(nextCandidate(rosterFor(request), request))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('resolving moves nothing on', () => {
  fc.assert(
    fc.property(world, (each) => {
      const input = inputFor(each)
      expect(select(input)).toEqual(select(input))
    }),
    { numRuns: 200 },
  )
})
