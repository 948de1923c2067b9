// What a probe found out about a credential, and where that stands in the status report.
import type { AnswerClass } from './rate-limit.ts'
import type { Problem } from './problem.ts'
import type { ReportCandidate, StatusReport } from './report.ts'
import { restrictionHint } from './restriction.ts'

/**
 * `unsupported`: nothing was learnt, since the provider has no free endpoint that looks at the credential, or not for
 * this one. `failed`: the provider answered with an error of its own, or there was no secret to send.
 */
export const probeOutcomes = [
  'ok',
  'unauthorized',
  'rate_limited',
  'billing',
  'restricted',
  'timeout',
  'unreachable',
  'unsupported',
  'failed',
] as const
export type ProbeOutcome = (typeof probeOutcomes)[number]

export interface Probe {
  readonly outcome: ProbeOutcome
  /** HTTP status, when there was an answer. */
  readonly status?: number
  /** From the request to the head of the answer, or to giving up. */
  readonly latencyMs?: number
  /** Why it is not `ok`: never the provider's own sentence, which may repeat the key. */
  readonly message?: string
}

/** What the answer of a free endpoint says of the credential. */
export function probeOutcome(answerClass: AnswerClass, status: number): ProbeOutcome {
  if (answerClass !== 'other') return answerClass
  return cannotSay.has(status) ? 'unsupported' : 'failed'
}

/** There is no such endpoint, or it is not for this credential, which the provider did know. */
const cannotSay: ReadonlySet<number> = new Set([401, 403, 404, 405, 501])

/** The report with what was found out. What a person should act on is among the problems; the exit status stays as it is. */
export function withProbes(
  report: StatusReport,
  probes: ReadonlyMap<string, Probe>,
  /** The command that brings a credential's next value. */
  renewalOf: (profileId: string) => string,
): StatusReport {
  const providers = report.providers.map((provider) => ({
    ...provider,
    candidates: provider.candidates.map((candidate) => {
      const probe = probes.get(candidate.profileId)
      return probe ? { ...candidate, probe } : candidate
    }),
  }))
  const problems = providers.flatMap(({ provider, candidates }) =>
    candidates.flatMap((candidate) => problemsOf(provider, candidate, renewalOf)),
  )
  return { ...report, check: { ...report.check, problems: [...report.check.problems, ...problems] }, providers }
}

const offline = 'check the network, and models.providers in traseai.json'

function problemsOf(
  provider: string,
  { profileId, status, probe }: ReportCandidate,
  renewalOf: (profileId: string) => string,
): Problem[] {
  if (!probe) return []
  const { outcome, message } = probe
  const enable = `traseai models auth enable ${profileId}`
  if (outcome === 'ok') {
    // The probe changes nothing by itself: a person decides.
    if (status !== 'disabled') return []
    return [
      {
        code: 'probe',
        provider,
        profileId,
        message: `${profileId} is disabled, but the provider takes it`,
        hint: enable,
      },
    ]
  }
  const hints: Partial<Record<ProbeOutcome, string>> = {
    unauthorized: renewalOf(profileId),
    billing: `pay the provider's bill, then: ${enable}`,
    restricted: restrictionHint(provider),
    timeout: offline,
    unreachable: offline,
  }
  const hint = hints[outcome]
  if (hint === undefined) return []
  return [
    { code: 'probe', provider, profileId, message: `${profileId} did not pass its probe: ${message ?? outcome}`, hint },
  ]
}
