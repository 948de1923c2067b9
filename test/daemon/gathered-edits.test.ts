// Changes of traseai.json that come together are written together.
import { expect, test } from 'vitest'
import { openGatheredEdits } from '../../src/daemon/gathered-edits.ts'
import type { ConfigurationChange } from '../../src/sources/configuration-edit.ts'

const change = (name: string, value?: unknown): ConfigurationChange => ({ path: ['auth', name], value })

test('what is asked for during a write is the next write, and everybody hears how theirs ended', async () => {
  const writes: { readonly names: readonly string[]; end(error?: Error): void }[] = []
  const edit = openGatheredEdits({
    edit: (changes) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve())
        writes.push({ names: changes.map(({ path }) => path.at(-1) ?? ''), end })
      }),
  })
  const first = [edit(change('a')), edit(change('b', 1))]
  await Promise.resolve()
  const second = [edit(change('c')), edit(change('b'))]
  expect(writes.map(({ names }) => names)).toEqual([['a', 'b']])
  writes[0]?.end(new Error('the disk is full'))
  for (const outcome of await Promise.allSettled(first)) expect(outcome.status).toBe('rejected')
  expect(writes.map(({ names }) => names)).toEqual([
    ['a', 'b'],
    ['c', 'b'],
  ])
  const third = edit(change('d'))
  writes[1]?.end()
  await Promise.all(second)
  writes[2]?.end()
  await third
})
