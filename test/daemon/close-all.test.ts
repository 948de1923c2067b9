// Closing in order, whatever fails on the way.
import { expect, test } from 'vitest'
import { closeAll } from '../../src/daemon/close-all.ts'
import { realHost } from '../../src/host.ts'

test('what was opened first is closed last, also when something between fails to close', async () => {
  const said: unknown[] = []
  const log = { ...realHost().log, warn: (fields: object, sentence: string) => void said.push({ ...fields, sentence }) }
  const closed: string[] = []
  await closeAll(log, [
    () => void closed.push('log'),
    () => Promise.reject(new Error('the disk is full')),
    async () => void closed.push('settings'),
  ])
  expect(closed).toEqual(['settings', 'log'])
  expect(said).toEqual([{ error: 'the disk is full', sentence: 'something did not close in good order' }])
})
