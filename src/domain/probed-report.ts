// Puts what probes found out into the status report, beside each candidate and among the problems.
import type { Probe, ProbeOutcome } from './probe.ts'
import type { Problem } from './problem.ts'
import type { ReportCandidate, StatusReport } from './report.ts'
import { restrictionHint } from './restriction.ts'

/** The report with what was found out. What a person should act on is among the problems; the exit status stays as it is. */
export function probedReport(
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
  const problems = providers.flatMap(({ provider, candidates }) => problemsOf(provider, candidates, renewalOf))
  return { ...report, check: { ...report.check, problems: [...report.check.problems, ...problems] }, providers }
}

const offline = 'check the network, and models.providers in traseai.json'

/** What is so of all credentials of a provider alike is one finding. */
function problemsOf(
  provider: string,
  candidates: readonly ReportCandidate[],
  renewalOf: (profileId: string) => string,
): Problem[] {
  const asked = candidates.flatMap(({ probe }) => (probe ? [probe] : []))
  const [first] = asked
  const isOffline = first?.outcome === 'timeout' || first?.outcome === 'unreachable'
  const isSame = ({ outcome, message }: Probe): boolean => outcome === first?.outcome && message === first.message
  if (!isOffline || asked.length === 1 || !asked.every(isSame)) {
    return candidates.flatMap((candidate) => problemOf(provider, candidate, renewalOf))
  }
  const message = `no credential of ${provider} passed its probe: ${first.message ?? first.outcome}`
  return [{ code: 'probe', provider, message, hint: offline }]
}

function problemOf(
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
