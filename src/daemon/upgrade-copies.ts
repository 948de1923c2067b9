// Tells of an upgrade of the database, and removes the copies that were made before one when their time is over.
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { copiesDirectory, removeOldCopies } from '../storage/database-copies.ts'
import type { StartedStorage } from './start-storage.ts'
import { repeat, type Repeated } from './repeat.ts'

/** A gateway runs for months: what goes at a start alone would stay. */
const everyMs = 86_400_000

export function openUpgradeCopies(host: Host, { thread }: Pick<StartedStorage, 'thread'>): Repeated {
  const directory = copiesDirectory(host.paths.database)

  async function removeOld(): Promise<void> {
    try {
      for (const { path } of removeOldCopies(directory, host.now())) {
        host.log.info({ copy: path }, 'removed an old copy of the database from before an upgrade')
      }
    } catch (error) {
      host.log.warn({ directory, error: messageOf(error) }, 'old copies of the database could not be removed')
    }
  }

  void thread.opening.then(({ upgrade }) => {
    if (upgrade) host.log.info({ ...upgrade }, 'the database was upgraded; a copy from before is kept')
    return removeOld()
  })
  return repeat(host, everyMs, removeOld)
}
