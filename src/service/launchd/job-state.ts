// What a job of launchd is doing, in the words that systemd's units have as well.
import type { ServiceState } from '../init-system.ts'
import { isEnding, isUp } from './jobs.ts'
import type { PrintedJob } from './printed-job.ts'

export interface KnownOfJob {
  /** Null when it is not loaded. */
  readonly job: PrintedJob | null
  /** Its plist is there. */
  readonly isInstalled: boolean
  /** Somebody forbade it: `launchctl disable`. */
  readonly isDisabled: boolean
  /** The session or machine that it belongs to is there. */
  readonly hasDomain: boolean
  /** A gateway answers on its socket. */
  readonly isAnswering: boolean
}

export function launchdState(known: KnownOfJob): ServiceState {
  const { job, isInstalled, isDisabled, isAnswering } = known
  const activity = activityOf(job, isAnswering)
  const isWell = activity === 'running' || activity === 'starting'
  return {
    activity,
    pid: job?.pid ?? null,
    enabled: isInstalled && !isDisabled,
    status: null,
    why: isWell ? null : whyNot(known),
  }
}

function activityOf(job: PrintedJob | null, isAnswering: boolean): ServiceState['activity'] {
  if (job === null) return 'stopped'
  if (isEnding(job)) return 'stopping'
  if (isUp(job)) return isAnswering ? 'running' : 'starting'
  // Waits to be started again, because it ended badly.
  if (job.state === 'spawn scheduled') return 'failed'
  return job.lastEnd === null ? 'stopped' : 'failed'
}

function whyNot({ job, isInstalled, isDisabled, hasDomain }: KnownOfJob): string | null {
  if (!isInstalled) return 'it is not installed'
  if (isDisabled) return 'somebody disabled it: launchctl disable'
  if (!hasDomain) return "its user is not logged in at this Mac's screen"
  // Stopped, and nothing wrong with it.
  if (job === null) return null
  const next = job.state === 'spawn scheduled' ? ', and is started again soon' : ''
  return job.lastEnd === null ? null : `it ended with ${job.lastEnd}${next}`
}
