// Runs all checks side by side, each with its time limit, so that one that hangs or throws is a finding and no more.
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Check, Finding, HostDeps, LiveDeps } from './check.ts'
import { checks } from './checks.ts'
import { isOurs } from './home-checks.ts'
import { withinLimit } from './within-limit.ts'

/** A finding as it is told: with the code of its check, and what --fix made of it. */
export interface Diagnosis {
  readonly code: string
  readonly severity: Finding['severity']
  readonly message: string
  readonly hint?: string
  /** True when it was wrong, and is not any more. */
  readonly fixed?: true
  /** True when the check could not be made. */
  readonly skipped?: true
}

export interface DoctorRequest {
  /** Mend what can be mended without a loss. */
  readonly fix: boolean
  /** A gateway, or why its part is left out. */
  readonly live: LiveDeps | { readonly skipped: string }
}

const checkMsMax = 5_000
/** Of one check; a home in which more is wrong is not worth more words. */
const findingsMax = 20
const fixHint = 'traseai doctor --fix'

/** In the order of the table; a check that finds nothing says so. Never rejects. */
export async function runChecks(deps: HostDeps, { fix, live }: DoctorRequest): Promise<readonly Diagnosis[]> {
  const found = await Promise.all(
    Object.entries<Check>(checks).map(async ([code, check]) => ({
      code,
      check,
      findings: await find(check, deps, live),
    })),
  )
  // What root writes into somebody else's home, its owner could not use any more.
  const mayFix = fix && (await isOurs(deps.host))
  const told: Diagnosis[] = []
  for (const { code, check, findings } of found) {
    if (findings === 'skipped') told.push(skipped(code, check, live))
    else if (findings.length === 0) told.push({ code, severity: 'ok', message: check.title })
    // One after the other: two of them may mend the same file.
    else for (const finding of shortened(findings)) told.push(await tell(code, finding, deps.host, mayFix))
  }
  return told
}

async function find(
  check: Check,
  deps: HostDeps,
  live: DoctorRequest['live'],
): Promise<readonly Finding[] | 'skipped'> {
  if (check.where === 'host') return guarded(deps.host, () => check.run(deps))
  if ('skipped' in live) return 'skipped'
  return guarded(deps.host, () => check.run(deps, live))
}

function skipped(code: string, { title }: Check, live: DoctorRequest['live']): Diagnosis {
  const why = 'skipped' in live ? `: ${live.skipped}` : ''
  return { code, severity: 'ok', message: `not checked whether ${title}${why}`, skipped: true }
}

async function guarded(host: Host, run: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await inTime(host, run())
  } catch (error) {
    const hint = error instanceof TraseError ? error.hint : undefined
    return [{ severity: 'error', message: messageOf(error), ...(hint === undefined ? {} : { hint }) }]
  }
}

/** @throws TraseError `timeout` */
async function inTime<T>(host: Host, work: Promise<T>): Promise<T> {
  const outcome = await withinLimit(host, checkMsMax, work)
  if (outcome !== 'late') return outcome
  throw new TraseError('timeout', `this check did not come to an end within ${checkMsMax / 1_000} s`)
}

function shortened(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= findingsMax) return findings
  const more = findings.length - findingsMax
  return [...findings.slice(0, findingsMax), { severity: 'warning', message: `and ${more} more of the kind` }]
}

async function tell(code: string, finding: Finding, host: Host, fix: boolean): Promise<Diagnosis> {
  const { severity, message, hint = finding.fix ? fixHint : undefined } = finding
  const diagnosis = { code, severity, message, ...(hint === undefined ? {} : { hint }) }
  const mend = finding.fix
  if (!fix || !mend) return diagnosis
  try {
    return { code, severity, message: `${message}; ${await inTime(host, mend())}`, fixed: true }
  } catch (error) {
    return { ...diagnosis, message: `${message}; it could not be mended: ${messageOf(error)}` }
  }
}
