// A power cut cannot be had in a test; that each acknowledged append was synced to the disk before can be seen.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { skipUnless } from '../support/skip-unless.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import { databaseIn, migrationsDir, openLog, temporaryDirectory } from './temporary-log.ts'

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
const itTraced = skipUnless(canTrace, 'strace')
const threadEntry = fileURLToPath(new URL('../../dist/storage-thread.cjs', import.meta.url))

itTraced('every acknowledged append was synced to the disk', async () => {
  const program = await bundleScript('test/storage/programs/append-ten.ts')
  onTestFinished(program.remove)
  const path = databaseIn(temporaryDirectory())
  const { log } = await openLog(path) // so that creating and migrating does not count
  const trace = join(temporaryDirectory(), 'trace')
  const command = [process.execPath, program.path, path, migrationsDir, threadEntry]
  spawnSync('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace, ...command])
  const syncs = readFileSync(trace, 'utf8').match(/sync\(\d+<[^>]*traseai\.db-wal>/g)
  expect(syncs?.length).toBeGreaterThanOrEqual(10)
  expect(await log.streamVersion('gateway')).toBe(10)
})
