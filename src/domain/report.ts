// The status report: what `models status` shows and `--check` decides, from the state and what selection says of it.
import { type CheckInput, coolingWords, findProblems } from './check.ts'
import { type Credential, entryOf } from './entities.ts'
import type { EnvironmentKey } from './env-keys.ts'
import { type CredentialKind, type CredentialSource, isoInstant } from './events.ts'
import { providersInUse } from './expectation.ts'
import type { AgentId, ProfileId, ProviderId } from './ids.ts'
import type { Probe } from './probe.ts'
import { exitCodeOf, type Problem } from './problem.ts'
import { type Candidate, type CandidateStatus, isIncluded, isUsable } from './candidate.ts'
import type { Selection } from './selection.ts'

/**
 * `missing`: no credential, or none that the order in force lets be used. `expired`: all of those are. `limited`: none is
 * usable now, but one will be (cooling, or disabled). `expiring`: one is usable and one of them is expiring. `ok`: one
 * is usable and none is expiring; an expired one beside it is among the problems.
 */
export const providerStatuses = ['ok', 'limited', 'expiring', 'expired', 'missing'] as const
export type ProviderStatus = (typeof providerStatuses)[number]

/** Instants are ISO 8601 strings, null when there is none. */
export interface ReportCandidate {
  readonly profileId: string
  readonly kind: CredentialKind
  /** The one agent it is for; null is for all. */
  readonly agent: string | null
  /** `shadows`: the same variable in later layers, and other variables with the same value. */
  readonly source: CredentialSource & { readonly shadows: readonly CredentialSource[] }
  readonly fingerprint: string
  readonly last4: string | null
  readonly status: CandidateStatus
  readonly reason: string | null
  readonly until: string | null
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  /** Only when it was asked for, and not for an excluded one. */
  readonly probe?: Probe
}

export interface ReportProvider {
  readonly provider: string
  readonly status: ProviderStatus
  /** Empty for a provider that is named somewhere but not known. */
  readonly endpoint: string
  readonly next: string | null
  readonly candidates: readonly ReportCandidate[]
}

export interface StatusReport {
  readonly version: 1
  readonly agent: string
  readonly gateway: { readonly version: string; readonly pid: number; readonly http: string | null }
  /** `exitCode` 1: expired or missing, 2: expiring, 0: neither. Other problems are told without changing it. */
  readonly check: { readonly exitCode: 0 | 1 | 2; readonly problems: readonly Problem[] }
  readonly providers: readonly ReportProvider[]
}

export interface StatusReportInput extends CheckInput {
  readonly version: string
  readonly pid: number
  readonly http: string | null
  readonly agent: AgentId
  /** What a request of this agent without session, pin or model would get. */
  selectionOf(provider: ProviderId): Selection
  /** Epoch milliseconds; absent when never used. */
  readonly lastUsedAt: ReadonlyMap<ProfileId, number>
  /** Where each key of the environment is set. */
  readonly environment: ReadonlyMap<ProfileId, Pick<EnvironmentKey<unknown>, 'place' | 'shadows' | 'alsoAt'>>
  /** The last four characters of secrets long enough to show any. */
  readonly last4: ReadonlyMap<ProfileId, string>
}

/** Lists every provider that has a credential or is in use: known ones in their table's order, then the others. */
export function buildStatusReport(input: StatusReportInput): StatusReport {
  const { version, pid, http, agent } = input
  const selections = new Map(listedProviders(input).map((provider) => [provider, input.selectionOf(provider)]))
  const problems = findProblems(input, selections)
  return {
    version: 1,
    agent,
    gateway: { version, pid, http },
    check: { exitCode: exitCodeOf(problems), problems },
    providers: [...selections].map(([provider, selection]) => reportProvider(input, provider, selection)),
  }
}

/** See `ProviderStatus`. */
export function providerStatus({ candidates }: Selection): ProviderStatus {
  const included = candidates.filter(isIncluded)
  if (included.length === 0) return 'missing'
  if (included.every(({ status }) => status === 'expired')) return 'expired'
  if (!included.some(isUsable)) return 'limited'
  return included.some(({ status }) => status === 'expiring') ? 'expiring' : 'ok'
}

function listedProviders({ providers, credentials, expected }: StatusReportInput): ProviderId[] {
  const present = Object.values(credentials).map(({ provider }) => provider)
  const wanted = new Set([...present, ...providersInUse(expected).keys()])
  const known = providers.map(({ id }) => id).filter((id) => wanted.has(id))
  return [...new Set([...known, ...[...wanted].toSorted()])]
}

function reportProvider(input: StatusReportInput, provider: ProviderId, selection: Selection): ReportProvider {
  return {
    provider,
    status: providerStatus(selection),
    endpoint: input.providers.find(({ id }) => id === provider)?.baseUrl ?? '',
    next: selection.next,
    candidates: selection.candidates.flatMap((candidate) => {
      const credential = entryOf(input.credentials, candidate.profileId)
      return credential ? [reportCandidate(input, candidate, credential)] : []
    }),
  }
}

function reportCandidate(input: StatusReportInput, candidate: Candidate, credential: Credential): ReportCandidate {
  const { profileId, status, until } = candidate
  const place = input.environment.get(profileId)
  const { kind, name } = place?.place ?? credential.source
  return {
    profileId,
    kind: credential.kind,
    agent: credential.agent,
    source: { kind, name, shadows: [...(place?.shadows ?? []), ...(place?.alsoAt ?? [])] },
    fingerprint: credential.fingerprint,
    last4: input.last4.get(profileId) ?? null,
    status,
    reason: reasonOf(input, candidate, credential),
    until: instantOf(until),
    expiresAt: instantOf(credential.expiresAt),
    lastUsedAt: instantOf(input.lastUsedAt.get(profileId)),
  }
}

/** A credential that rests for some models is ready for the others. */
function reasonOf({ now, groups }: StatusReportInput, candidate: Candidate, credential: Credential): string | null {
  const { reason, profileId } = candidate
  const cooling = isUsable(candidate) ? coolingWords(credential, now, groups.get(profileId)) : null
  return reason !== null && cooling !== null ? `${reason}, ${cooling}` : (reason ?? cooling)
}

function instantOf(epochMs: number | null | undefined): string | null {
  return typeof epochMs === 'number' ? isoInstant(epochMs) : null
}
