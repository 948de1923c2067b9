// The status report: what `models status` shows and `--check` decides.
import type { CredentialKind, SourceKind } from './events.ts'
import type { CandidateStatus } from './selection.ts'

export type ProviderStatus = 'ok' | 'limited' | 'expiring' | 'expired' | 'missing'

/** A place a key was found at: its layer and its variable. */
export interface ReportPlace {
  readonly kind: SourceKind
  readonly name: string
}

/** Instants are ISO 8601 strings, null when there is none. */
export interface ReportCandidate {
  readonly profileId: string
  readonly kind: CredentialKind
  readonly source: ReportPlace & { readonly shadows: readonly ReportPlace[] }
  readonly fingerprint: string
  readonly last4: string | null
  readonly status: CandidateStatus
  readonly reason: string | null
  readonly until: string | null
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}

export interface ReportProvider {
  readonly provider: string
  readonly status: ProviderStatus
  readonly endpoint: string
  readonly next: string | null
  readonly candidates: readonly ReportCandidate[]
}

export type ProblemCode = 'expired' | 'missing' | 'expiring' | 'disabled' | 'cooling' | 'configuration' | 'env_file'

export interface Problem {
  readonly code: ProblemCode
  readonly provider?: string
  readonly profileId?: string
  readonly message: string
  readonly hint: string
}

export interface StatusReport {
  readonly version: 1
  readonly agent: string
  readonly gateway: { readonly version: string; readonly pid: number; readonly http: string | null }
  /** `exitCode` 1: expired or missing, 2: expiring, 0: neither. Other problems are told without changing it. */
  readonly check: { readonly exitCode: 0 | 1 | 2; readonly problems: readonly Problem[] }
  readonly providers: readonly ReportProvider[]
}
