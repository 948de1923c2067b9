// A file that cannot be read for a while, though nothing happens to the file itself.
import { expect, it } from 'vitest'
import { realHost } from '../../src/host.ts'
import { followSettledFile } from '../../src/sources/settled-file.ts'
import type { SettingsFile } from '../../src/sources/settings-file.ts'
import { until } from '../support/until.ts'

it('is looked at again until it can be read, without any notice', async () => {
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = []
  const setTimer = (delayMs: number, callback: () => void) => {
    timers.push({ delayMs, callback })
    return { cancel() {} }
  }
  const unusable: SettingsFile = { kind: 'unusable', reason: 'cannot be read: EMFILE', hint: '', passing: true }
  const file: SettingsFile = { kind: 'file', bytes: Buffer.from('A=1') }
  const states = [unusable, unusable, file]
  const settled: string[] = []
  const follower = followSettledFile({
    host: { ...realHost({ env: {} }), setTimer },
    read: () => Promise.resolve(states.shift() ?? file),
    patienceMs: () => 0,
    onSettled: ({ kind }) => settled.push(kind),
  })
  follower.changed()
  for (const count of [1, 2]) {
    await until(() => timers.length === count && settled.length === count)
    timers.at(-1)?.callback()
  }
  await until(() => settled.length === 3)
  expect(settled).toEqual(['unusable', 'unusable', 'file'])
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([2_000, 2_000])
  await follower.close()
})
