// A map that forgets what was set longest ago.
import { expect, test } from 'vitest'
import { putRecent } from '../../src/domain/put-recent.ts'

test('the entry that was set longest ago makes room, and setting again counts', () => {
  const map = new Map<string, number>()
  const made = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const
  expect(made.map(([key, value]) => putRecent(map, key, value, 2))).toEqual([undefined, undefined, undefined, 2])
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ])
})
