// Asks launchd through launchctl(1): its commands with what their exit statuses mean; `load` and `unload`, which always exit with 0, are never used.
import { messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { pickVariables, runProgram, type ProgramHost } from '../../run-program.ts'
import { isDisabled, readPrintedJob, type PrintedJob } from './printed-job.ts'

/** A host, and how to start programs on it. */
export type LaunchctlHost = ProgramHost & Pick<Host, 'env'>

export interface Launchctl {
  /** What was asked for so far and changes something, as a person would type it. */
  readonly asked: readonly string[]
  /** False for `gui/UID` while that user is not logged in at the screen. */
  hasDomain(domain: string): Promise<boolean>
  /** Null when launchd knows no such job, or has no such domain now. */
  print(target: string): Promise<PrintedJob | null>
  isDisabled(domain: string, label: string): Promise<boolean>
  /** Forgets that somebody disabled it, which outlives the plist and makes `bootstrap` fail. */
  enable(target: string): Promise<void>
  /** Null when it is loaded now; else what launchd said, which is busy with the job that it has under this label, or gives no reason. */
  bootstrap(domain: string, plist: string): Promise<string | null>
  /** Resolves before the job has ended; a job that is not loaded is fine. */
  bootout(target: string): Promise<void>
  /** Starts it now, whatever throttles it; with `kill` what runs is ended first, without any warning. */
  kickstart(target: string, options?: { readonly kill: boolean }): Promise<void>
  /** Asks it to end as a stop does. */
  terminate(target: string): Promise<void>
}

/** Exit statuses, as `launchctl error NUMBER` explains them; messages have the same number: `Bootstrap failed: 5: …`. */
const statuses = {
  noSuchProcess: 3,
  /** Whatever launchd gives no reason for: loaded already, or the one before is still being taken down. */
  inputOutputError: 5,
  fileExists: 17,
  nowInProgress: 36,
  alreadyInProgress: 37,
  noDomain: 112,
  noService: 113,
  badOwnership: 122,
  domainEnding: 124,
  domainUnable: 125,
  wrongSession: 134,
} as const

type Statuses = ReadonlySet<number | null>

const gone: Statuses = new Set([statuses.noSuchProcess, statuses.noService])
const noDomain: Statuses = new Set([statuses.noDomain, statuses.domainEnding, statuses.domainUnable])
const busy: Statuses = new Set([
  statuses.inputOutputError,
  statuses.fileExists,
  statuses.nowInProgress,
  statuses.alreadyInProgress,
])

const hints: Readonly<Record<number, string>> = {
  [statuses.badOwnership]: 'the plist must belong to the user who loads it, and nobody else may write it',
  [statuses.noDomain]: notAtTheScreen(),
  [statuses.domainUnable]: notAtTheScreen(),
  [statuses.wrongSession]: notAtTheScreen(),
}

/** `kickstart` is known to wait for ever for a job that cannot be started. */
const answerMsMax = 20_000
const answerBytesMax = 262_144

interface Answer {
  /** Null when it was ended by a signal, or by us after `answerMsMax`. */
  readonly status: number | null
  readonly output: string
  /** What it said of a failure, in one line. */
  readonly complaint: string
}

/** Its methods throw TraseError `service_manager` with the command and what it said. */
export function openLaunchctl(host: LaunchctlHost): Launchctl {
  const asked: string[] = []

  /** Of `print DOMAIN`, which lists a thousand services, the first piece is enough. */
  async function ask(args: readonly string[], isEnough: (output: Buffer) => boolean = () => false): Promise<Answer> {
    const variables = pickVariables(host.env, /^(PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_\w+)$/)
    const env = { ...variables, PATH: `${variables['PATH'] ?? '/usr/bin'}:/bin` }
    const limits = { timeoutMs: answerMsMax, outputBytesMax: answerBytesMax }
    const end = await runProgram(host, { program: 'launchctl', args, env, isEnough, ...limits })
    if (end.end === 'not_started') throw failure(args, messageOf(end.error))
    if (end.end === 'enough') return { status: 0, output: end.output.toString('utf8'), complaint: '' }
    if (end.end !== 'exit') return { status: null, output: '', complaint: `no answer in ${answerMsMax / 1_000} s` }
    const complaint = end.complaint.trim().split('\n').join('; ') || `exit status ${end.status ?? end.killedBy}`
    return { status: end.status, output: end.output.toString('utf8'), complaint }
  }

  /** Null when it was done; what launchctl said when that is one of `fine`. */
  async function change(args: readonly string[], fine: Statuses = new Set()): Promise<string | null> {
    const words = `launchctl ${args.join(' ')}`
    if (asked.at(-1) !== words) asked.push(words)
    const { status, complaint } = await ask(args)
    if (status === 0) return null
    if (!fine.has(status)) throw failure(args, complaint, status)
    return complaint
  }

  return {
    asked,
    hasDomain: async (domain) => (await ask(['print', domain], (output) => output.length > 0)).status === 0,
    async print(target) {
      const { status, output, complaint } = await ask(['print', target])
      if (status === 0) return readPrintedJob(output)
      if (gone.has(status) || noDomain.has(status)) return null
      throw failure(['print', target], complaint, status)
    },
    async isDisabled(domain, label) {
      const { status, output } = await ask(['print-disabled', domain])
      return status === 0 && isDisabled(output, label)
    },
    enable: async (target) => void (await change(['enable', target])),
    bootstrap: (domain, plist) => change(['bootstrap', domain, plist], busy),
    bootout: async (target) => void (await change(['bootout', target], new Set([...gone, statuses.nowInProgress]))),
    async kickstart(target, { kill } = { kill: false }) {
      // Without an answer it may have been started all the same: whoever waits for it finds out.
      await change(['kickstart', ...(kill ? ['-k'] : []), target], new Set([statuses.alreadyInProgress, null]))
    },
    terminate: async (target) => void (await change(['kill', 'SIGTERM', target], gone)),
  }
}

function failure(args: readonly string[], said: string, status: number | null = null): TraseError {
  const hint = status === null ? undefined : hints[status]
  return new TraseError('service_manager', `launchctl ${args.join(' ')}: ${said}`, {
    ...(hint === undefined ? {} : { hint }),
    data: { status },
  })
}

/** What to do where the session at the screen is needed and there is none. */
export function notAtTheScreen(): string {
  return "log in at this Mac's screen, install it again from here, or have it start with the machine: sudo traseai gateway install --system --run-as USER"
}
