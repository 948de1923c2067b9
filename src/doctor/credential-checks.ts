// What the status report says about credentials, as findings: the list of what can be wrong with one is that report's.
import type { ProblemCode } from '../domain/problem.ts'
import type { StatusReport } from '../domain/report.ts'
import { runningCooldowns } from '../domain/cooldown.ts'
import { entryOf } from '../domain/entities.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

type Problem = StatusReport['check']['problems'][number]

/** What has a check of its own, which reads the file as it is now; unless it is about a credential that is not there. */
const elsewhere: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['configuration', 'env_file', 'profiles_file'])
/** Requests fail, or will as soon as they need this one. */
const errors: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['expired', 'missing', 'unavailable'])
/** A rate limit is everyday life; one that lasts longer is a quota that is used up. */
const longCooldownMs = 3_600_000

export async function checkCredentials({ host }: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const problems = live
    .report()
    .check.problems.filter(({ code, profileId }) => profileId !== undefined || !elsewhere.has(code))
  return problems.map((problem) => {
    const { message, hint } = problem
    return { severity: severityOf(problem, isCoolingLong(problem, host.now(), live)), message, hint }
  })
}

function severityOf({ code }: Problem, coolsLong: boolean): Finding['severity'] {
  if (code === 'cooling') return coolsLong ? 'warning' : 'ok'
  return errors.has(code) ? 'error' : 'warning'
}

function isCoolingLong({ profileId }: Problem, now: number, { durable }: LiveDeps): boolean {
  const credential = profileId === undefined ? undefined : entryOf(durable().state.credentials, profileId)
  return credential !== undefined && runningCooldowns(credential, now).some(({ until }) => until - now > longCooldownMs)
}
