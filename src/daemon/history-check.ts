// Looks the database over some time after the start and then once a day, on a thread of its own; damage is a matter for people.
import { join } from 'node:path'
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { startInspection } from '../storage/start-inspection.ts'
import type { Conditions } from './conditions.ts'
import { repeat } from './repeat.ts'

/** Not while a machine that boots has enough to do; a gateway that lives for less is looked over by `doctor` alone. */
const firstMs = 15 * 60_000
/** Of this process: a day's sleep of the machine counts for nothing, and nothing has to be remembered. */
const everyMs = 24 * 3_600_000
/** How often it is asked whether one is due; timers stand still while a machine sleeps, and so does the time for this. */
const lookEveryMs = 15 * 60_000
/** Reading takes a second for 100,000 events; one that hangs is ended. */
const inspectionMsMax = 10 * 60_000

export interface HistoryCheckDeps {
  readonly host: Pick<Host, 'paths' | 'monotonicMs' | 'setTimer' | 'log'>
  readonly packageRoot: string
  readonly conditions: Conditions
}

/** What keeps a look from being made says nothing about the database, and is left to `doctor`. */
const noFinding: ReadonlySet<string> = new Set(['program_replaced', 'storage_failed', 'home_unwritable', 'disk_full'])

export function openHistoryCheck({ host, packageRoot, conditions }: HistoryCheckDeps): { close(): Promise<void> } {
  let dueAt = host.monotonicMs() + firstMs
  let current: ReturnType<typeof startInspection> | null = null

  async function lookIfDue(): Promise<void> {
    if (host.monotonicMs() < dueAt) return
    dueAt = host.monotonicMs() + everyMs
    const [first] = await problemsNow()
    if (first === undefined) return conditions.clear('history_check_failed')
    conditions.raise({
      kind: 'history_check_failed',
      title: 'the database is damaged',
      message: first,
      hint: 'keep the file, and restore a backup; see more: traseai doctor',
    })
  }

  async function problemsNow(): Promise<readonly string[]> {
    const path = host.paths.database
    current = startInspection(path, join(packageRoot, 'dist', 'storage-thread.cjs'), true)
    const timer = host.setTimer(inspectionMsMax, () => void current?.end())
    try {
      return (await current.problems) ?? []
    } catch (error) {
      const isFinding = error instanceof TraseError && !noFinding.has(error.code)
      if (!isFinding) host.log.debug({ error: messageOf(error) }, 'the database could not be looked over')
      return isFinding ? [messageOf(error)] : []
    } finally {
      timer.cancel()
      await current.end()
      current = null
    }
  }

  const repeated = repeat(host, lookEveryMs, lookIfDue)
  return {
    async close() {
      repeated.close()
      await current?.end()
    },
  }
}
