// Loads jobs, ends them and waits for both: launchd answers before anything has happened.
import { setTimeout as delay } from 'node:timers/promises'
import { TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import type { Launchctl } from './launchctl.ts'
import type { PrintedJob } from './printed-job.ts'

/** One job as launchd addresses it. */
export interface JobPlace {
  /** `gui/501`, `user/501`, `system`. */
  readonly domain: string
  readonly label: string
  readonly plist: string
}

export const targetOf = ({ domain, label }: JobPlace): string => `${domain}/${label}`

/** Between two questions; each is a process of its own. */
const pollMs = 100
/** For a job of the same label that is just being taken down. */
const loadMsMax = 15_000
/** After its `ExitTimeOut`, when launchd has sent SIGKILL. */
const endGraceMs = 15_000

/** States in which a job only waits for its own end. */
const ending: ReadonlySet<string | null> = new Set(['SIGTERMed', 'SIGKILLed', 'languishing'])

/** True while it is being ended: it can be neither loaded nor started then. */
export const isEnding = (job: PrintedJob | null): boolean => job !== null && ending.has(job.state)

/** True for one that has a process, or gets one this very moment. */
export const isUp = (job: PrintedJob | null): boolean =>
  job !== null && (job.pid !== null || job.state === 'running' || job.state === 'spawning') && !isEnding(job)

type Clock = Pick<Host, 'monotonicMs'>

/** Loads it, which starts what runs at load. @throws TraseError `service_manager` */
export async function loadJob(clock: Clock, launchctl: Launchctl, place: JobPlace): Promise<void> {
  const target = targetOf(place)
  await launchctl.enable(target)
  let said = ''
  const isLoaded = await waitFor(clock, loadMsMax, async () => {
    const complaint = await launchctl.bootstrap(place.domain, place.plist)
    if (complaint === null) return true
    said = complaint
    const job = await launchctl.print(target)
    return job !== null && !isEnding(job)
  })
  if (isLoaded) return
  throw new TraseError('service_manager', `launchd does not load ${place.plist}: ${said}`, {
    hint: `look at the file with: plutil -lint ${place.plist}; System Settings > General > Login Items may forbid it`,
  })
}

/** Ends and unloads it; resolves when launchd knows it no more. @throws TraseError `service_manager`, `timeout` */
export async function unloadJob(
  clock: Clock,
  launchctl: Launchctl,
  place: JobPlace,
  exitSeconds: number,
): Promise<void> {
  const target = targetOf(place)
  if ((await launchctl.print(target)) === null) return
  await launchctl.bootout(target)
  const isGone = async (): Promise<boolean> => (await launchctl.print(target)) === null
  if (await waitFor(clock, exitSeconds * 1_000 + endGraceMs, isGone)) return
  throw new TraseError('timeout', `launchd has not ended ${place.label} after ${exitSeconds} s and SIGKILL`, {
    hint: `see what it does: launchctl print ${target}`,
  })
}

/** Has it running, whatever it does now; resolves before it is ready. @throws TraseError `service_manager` */
export async function startJob(
  clock: Clock,
  launchctl: Launchctl,
  place: JobPlace,
  exitSeconds: number,
): Promise<void> {
  const target = targetOf(place)
  const isSettled = async (): Promise<boolean> => !isEnding(await launchctl.print(target))
  await waitFor(clock, exitSeconds * 1_000 + endGraceMs, isSettled)
  const job = await launchctl.print(target)
  if (job === null) await loadJob(clock, launchctl, place)
  else if (!isUp(job)) await launchctl.kickstart(target)
}

/**
 * Ends the process of a loaded job as a stop does, so that requests under way can end; one that takes longer than
 * `exitSeconds` is killed. The job stays loaded. `kickstart -k` would kill it at once.
 */
export async function endProcess(
  clock: Clock,
  launchctl: Launchctl,
  place: JobPlace,
  exitSeconds: number,
): Promise<void> {
  const target = targetOf(place)
  const before = await launchctl.print(target)
  if (!isUp(before)) return
  await launchctl.terminate(target)
  const hasEnded = async (): Promise<boolean> => {
    const { pid = null } = (await launchctl.print(target)) ?? {}
    return pid === null || pid !== before?.pid
  }
  if (!(await waitFor(clock, exitSeconds * 1_000, hasEnded))) await launchctl.kickstart(target, { kill: true })
}

/** False when it is not so after `limitMs`. */
export async function waitFor(clock: Clock, limitMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + limitMs
  for (;;) {
    if (await isSo()) return true
    if (clock.monotonicMs() >= deadlineMs) return false
    await delay(pollMs)
  }
}
