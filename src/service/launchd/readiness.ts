// Waits until a job that was started answers, or says why it does not.
import { open } from 'node:fs/promises'
import { errnoOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import type { Launchctl } from './launchctl.ts'
import { isUp, waitFor } from './jobs.ts'
import type { InstalledJob } from './place.ts'

/** As `TimeoutStartSec` of the systemd unit. */
const readyMsMax = 60_000
/** Of what the gateway said before it ended. */
const lastWordsBytesMax = 4_096

export interface Awaited {
  readonly job: InstalledJob
  readonly target: string
  isAnswering(socket: string): Promise<boolean>
}

/** How a job was before it was started: what came of the start can then be told from what was before. */
export interface Before {
  readonly runs: number
  /** Size of the file that its standard error goes to. */
  readonly saidBytes: number
}

export async function lookBefore(launchctl: Launchctl, { job, target }: Awaited): Promise<Before> {
  const printed = await launchctl.print(target)
  return { runs: printed?.runs ?? 0, saidBytes: (await said(job, 0)).size }
}

/** @throws TraseError `service_manager` with the gateway's own words when it ended, `timeout` when it is merely silent */
export async function untilReady(
  clock: Pick<Host, 'monotonicMs'>,
  launchctl: Launchctl,
  awaited: Awaited,
  before: Before,
): Promise<void> {
  const { job, target, isAnswering } = awaited
  const ends: string[] = []
  const isReady = async (): Promise<boolean> => isAnswering(job.socket)
  await waitFor(clock, readyMsMax, async () => {
    if (await isReady()) return true
    const printed = await launchctl.print(target)
    const hasEnded = printed !== null && !isUp(printed) && (printed.runs ?? 0) > before.runs
    if (hasEnded && printed.lastEnd !== null) ends.push(printed.lastEnd)
    return ends.length > 0
  })
  const [end] = ends
  if (end !== undefined) throw await endedEarly(job, end, before)
  if (await isReady()) return
  throw new TraseError('timeout', `the gateway was started, but did not answer within ${readyMsMax / 1_000} s`, {
    hint: 'see what it does: traseai gateway logs',
  })
}

async function endedEarly(job: InstalledJob, end: string, before: Before): Promise<TraseError> {
  const { text } = await said(job, before.saidBytes)
  const words = text === '' ? '' : `: ${text}`
  return new TraseError('service_manager', `the gateway ended before it was ready, with ${end}${words}`, {
    hint: `launchd goes on trying; see ${job.standardErrorPath ?? 'its log'}, and: traseai gateway logs`,
  })
}

/** What was written to its standard error after `from`, in one line. */
async function said({ standardErrorPath }: InstalledJob, from: number): Promise<{ size: number; text: string }> {
  if (standardErrorPath === null) return { size: 0, text: '' }
  try {
    const file = await open(standardErrorPath, 'r')
    try {
      const { size } = await file.stat()
      const start = Math.max(size < from ? 0 : from, size - lastWordsBytesMax)
      const bytes = Buffer.alloc(Math.min(size - start, lastWordsBytesMax))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
      return { size, text: lastWords(bytes.toString('utf8', 0, bytesRead)) }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return { size: 0, text: '' } // nothing said yet, or not for this user
  }
}

/** `traseai: …` and `hint: …` of the last start; else what came last, as from a Node that cannot start. */
function lastWords(text: string): string {
  const lines = text.trim().split('\n')
  const begin = lines.findLastIndex((line) => line.startsWith('traseai: '))
  return lines
    .slice(Math.max(begin, lines.length - linesMax, 0))
    .map((line) => line.replace(/^traseai: /, '').trim())
    .join('; ')
}

const linesMax = 3
