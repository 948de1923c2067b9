// The locks of an open database: what else this process does with its file must not end them.
import { readFileSync, statSync } from 'node:fs'
import { expect } from 'vitest'
import { diskRefusal } from '../../src/storage/disk-refusal.ts'
import { startInspection } from '../../src/storage/start-inspection.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { appendTo, builtThread, databaseIn, openCore, temporaryDirectory } from './temporary-log.ts'

const itWithLocks = skipUnless(process.platform === 'linux', 'Linux, which lists the locks of a process')

/** How many locks this process has on a file, proc_locks(5). */
function locksOn(path: string): number {
  const end = `:${statSync(path).ino}`
  const lines = readFileSync('/proc/locks', 'utf8').split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => {
      const [pid, place] = words.slice(words.indexOf('ADVISORY') + 2)
      return pid === String(process.pid) && place?.endsWith(end)
    }).length
}

itWithLocks(
  'a look at the database leaves them, or the next sqlite3 that closes it would remove the -wal in use',
  async () => {
    const path = databaseIn(temporaryDirectory())
    const storage = openCore(path)
    appendTo(storage, 'gateway', 0)
    const before = locksOn(path)
    expect(before).toBeGreaterThan(0)
    const inspection = startInspection(path, builtThread, true)
    expect(await inspection.problems).toEqual([])
    await inspection.end()
    expect(locksOn(path)).toBe(before)
  },
)

itWithLocks('asking the disk what it has against a write leaves them', () => {
  const path = databaseIn(temporaryDirectory())
  appendTo(openCore(path), 'gateway', 0)
  const before = locksOn(path)
  expect(diskRefusal(path)).toBeNull()
  expect(diskRefusal(path)).toBeNull()
  expect(locksOn(path)).toBe(before)
})
