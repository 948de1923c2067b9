// Credentials that share a limit: who is in a group, and what it is called.
import { expect, test } from 'vitest'
import { limitKey, quotaGroups, sharedLimits } from '../../src/domain/quota-group.ts'
import { credential, pin } from '../support/selection-input.ts'

const [a, b, c, other] = ['openai:a', 'openai:b', 'openai:c', 'groq:a'].map(pin) as [never, never, never, never]

test('each member has its group, and the others have none', () => {
  const groups = quotaGroups({ acme: [a, b] })
  expect(groups.get(b)).toEqual({ name: 'acme', members: [a, b] })
  expect(groups.get(c)).toBeUndefined()
})

test('groups with a member in common are one', () => {
  const groups = quotaGroups({ one: [a, b], two: [b, c] })
  for (const each of [a, b, c]) expect(groups.get(each)).toEqual({ name: 'one', members: [a, b, c] })
})

test('a member of another provider shares nothing', () => {
  expect(quotaGroups({ acme: [a, other, b] }).get(a)?.members).toEqual([a, b])
  expect(quotaGroups({ acme: [a, other] }).size).toBe(0)
  expect(quotaGroups({ acme: [a, a] }).size).toBe(0)
})

test('one whose siblings are not there shares with nobody', () => {
  const groups = quotaGroups({ acme: [a, b] })
  expect(sharedLimits(groups, { [a]: credential(a) }).size).toBe(0)
  expect(sharedLimits(groups, { [a]: credential(a), [b]: credential(b) }).get(a)?.members).toHaveLength(2)
})

test('what is known of a group is kept apart from what is known of credentials and of groups elsewhere', () => {
  const keys = [limitKey(a, null), limitKey(a, { name: 'acme' }), limitKey(other, { name: 'acme' })]
  expect(new Set(keys).size).toBe(3)
  expect(limitKey(b, { name: 'acme' })).toBe(keys[1])
})
