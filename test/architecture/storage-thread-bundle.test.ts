// The storage thread stays small: a start waits for it to be loaded, and all it loads is in memory a second time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../support/gateway-process.ts'

test('the bundle of the storage thread holds no package', () => {
  const map = JSON.parse(readFileSync(join(projectRoot, 'dist', 'storage-thread.cjs.map'), 'utf8')) as {
    readonly sources: readonly string[]
  }
  expect(map.sources.filter((source) => source.includes('node_modules'))).toEqual([])
})
