// A map that forgets what was set longest ago.
import { expect, test } from 'vitest'
import { putRecent } from '../../src/domain/put-recent.ts'

test('the entry that was set longest ago makes room, and setting again counts', () => {
  const map = new Map<string, number>()
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    putRecent(map, key, value, 2)
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ])
})
