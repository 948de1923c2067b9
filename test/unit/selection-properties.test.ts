// What holds for every selection, whatever the credentials and the request.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Credential } from '../../src/domain/entities.ts'
import { isUsable } from '../../src/domain/candidate.ts'
import { choose, cooling, credential, disabled, idsOf, now, pin } from '../support/selection-input.ts'

const names = ['a', 'b', 'c', 'ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY_2'].map((name) => pin(`anthropic:${name}`))
const changes = fc.oneof(
  fc.constant<Partial<Credential>>({}),
  fc.constantFrom(cooling(now + 1), cooling(now - 1), cooling(now + 1, 'm')),
  fc.constantFrom(
    disabled('user'),
    disabled('billing', now + 1),
    disabled('billing', now - 1),
    disabled('unauthorized'),
  ),
  fc.constantFrom({ expiresAt: now - 1 }, { expiresAt: now + 1 }),
)
const credentials = fc
  .subarray(names)
  .chain((some) => fc.tuple(...some.map((id) => changes.map((each) => credential(id, each)))))
const maybe = fc.option(fc.constantFrom(...names))
const order = fc.option(fc.array(fc.constantFrom(...names), { maxLength: 4 }))
const input = fc.record({
  credentials,
  requestPin: maybe,
  sessionPin: maybe,
  liveOverride: maybe,
  agentOrder: order,
  configOrder: order,
  sessionLast: maybe,
  model: fc.option(fc.constant('m')),
})

test('each credential is a candidate once, excluded ones last, and the next is the first usable', () => {
  fc.assert(
    fc.property(input, ({ credentials, ...rest }) => {
      const selection = choose(credentials, rest)
      expect(idsOf(selection).toSorted()).toEqual(credentials.map((each) => each.profileId).toSorted())
      const included = selection.candidates.filter((candidate) => candidate.status !== 'excluded')
      expect(selection.candidates.slice(0, included.length)).toEqual(included)
      expect(selection.next).toBe(included.find(isUsable)?.profileId ?? null)
    }),
  )
})

test('the order in which credentials are given does not matter', () => {
  fc.assert(
    fc.property(input, ({ credentials, ...rest }) => {
      const environmentOrder = names
      const given = { ...rest, environmentOrder }
      expect(choose(credentials.toReversed(), given)).toEqual(choose(credentials, given))
    }),
  )
})
