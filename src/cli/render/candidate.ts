// The words and colours for a credential's state, kind and source, the same in every table.
import type { Paint } from './paint.ts'
import type { CandidateStatus } from '../../domain/candidate.ts'
import type { CredentialKind, SourceKind } from '../../domain/events.ts'
import { duration } from '../../domain/duration.ts'
import { relativeTime, withRelativeTimes } from './time.ts'

const kindWords = { api_key: 'API key', token: 'token', oauth: 'OAuth' } as const satisfies Record<
  CredentialKind,
  string
>

const sourceWords = {
  vault: 'vault',
  'env-file': '.env',
  'process-env': 'environment',
  'shell-env': 'login shell',
  reference: 'reference',
} as const satisfies Record<SourceKind, string>

const statusPaint = {
  ready: 'green',
  expiring: 'yellow',
  cooling: 'yellow',
  disabled: 'red',
  expired: 'red',
  excluded: 'dim',
} as const satisfies Record<CandidateStatus, keyof Paint>

/** Also for a word that is not of this version. */
export function knownKindText(kind: string): string {
  return Object.hasOwn(kindWords, kind) ? kindWords[kind as CredentialKind] : kind
}

/** Also for a word that is not of this version. */
export function knownSourceText(kind: string): string {
  return Object.hasOwn(sourceWords, kind) ? sourceWords[kind as SourceKind] : kind
}

export function kindText(kind: CredentialKind): string {
  return kindWords[kind]
}

export function sourceText(kind: SourceKind): string {
  return sourceWords[kind]
}

/** `…a1b2`, or a dash for a secret that is too short to show anything of. */
export function last4Text(last4: string | null | undefined): string {
  return last4 ? `…${last4}` : '-'
}

export function paintStatus(status: CandidateStatus, paint: Paint): (text: string) => string {
  return paint[statusPaint[status]]
}

interface StatusFacts {
  readonly status: CandidateStatus
  readonly reason?: string | null | undefined
  /** Instants in ISO 8601. */
  readonly until?: string | null | undefined
  readonly expiresAt?: string | null | undefined
}

/** `cooling for 28s: rate limited`, `ready (overrides every other key)`, `expired 3m ago`, `ready, expires in 6d`. */
export function statusText({ status, reason, until, expiresAt }: StatusFacts, now: number): string {
  const end = until ? Date.parse(until) - now : null
  const words = end !== null && end > 0 ? `${status} for ${duration(end)}` : status
  const expiry = expiresAt ? expiryText(status, expiresAt, now) : ''
  if (!reason || reason === status) return words + expiry
  const why = withRelativeTimes(reason, now)
  // What is said of a key that can be used is an aside, not why it would be refused.
  if (status === 'ready' || status === 'expiring') return `${words}${expiry} (${why})`
  return status === 'expired' ? `${words}${expiry}: ${why}` : `${words}: ${why}${expiry}`
}

function expiryText(status: CandidateStatus, expiresAt: string, now: number): string {
  const when = relativeTime(expiresAt, now)
  return status === 'expired' || status === 'expiring' ? ` ${when}` : `, expires ${when}`
}
