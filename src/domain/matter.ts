// What a person should know of: something that ends, has ended or does not work, with a key that stays the same for as long as it lasts.
import type { ProfileId, ProviderId } from './ids.ts'

/** `error`: requests fail, or will as soon as they need this. `warning`: there is time left. */
export type Severity = 'warning' | 'error'

interface MatterKindEntry {
  readonly severity: Severity
  /** For the guide and `notify list`: what has happened. */
  readonly summary: string
  /** It is told once more at half of the time that remained when it was told first: its `until` is a deadline. */
  readonly reminds: boolean
  /** It ends without anybody's doing, so that one who could not be told in time hears of it afterwards. */
  readonly passes: boolean
  /** How long it lasts before it is told, and how long it is away before its return is a new matter; milliseconds. */
  readonly graceMs: number
  readonly settleMs: number
}

const minuteMs = 60_000

/** The most urgent kind first. */
export const matterTable = {
  gateway_down: {
    severity: 'error',
    summary: 'No gateway answers; told by `models status --check --notify` alone.',
    reminds: false,
    passes: false,
    graceMs: 0,
    settleMs: 0,
  },
  storage_failed: {
    severity: 'error',
    summary: 'Changes cannot be written: the disk is full, read-only or broken.',
    reminds: false,
    passes: true,
    graceMs: 0,
    settleMs: 10 * minuteMs,
  },
  history_check_failed: {
    severity: 'error',
    summary: 'The daily look at the database found damage.',
    reminds: false,
    passes: false,
    graceMs: 0,
    settleMs: 0,
  },
  expired: {
    severity: 'error',
    summary: 'A credential has expired. An OAuth credential that is refreshed does not.',
    reminds: false,
    passes: false,
    graceMs: 0,
    settleMs: 0,
  },
  missing: {
    severity: 'error',
    summary: 'A provider in use has no credential that may be used, or the vault that holds it is locked.',
    reminds: false,
    passes: false,
    // Who replaces a variable by removing it first needs no notice.
    graceMs: minuteMs,
    settleMs: 0,
  },
  disabled: {
    severity: 'error',
    summary: 'A provider refused a credential as unauthorized or unpaid. One that a person switched off is none.',
    reminds: false,
    passes: false,
    graceMs: 0,
    settleMs: 0,
  },
  refresh_failed: {
    severity: 'warning',
    summary: 'An OAuth credential could not be refreshed for a quarter of an hour.',
    reminds: true,
    passes: true,
    graceMs: 0,
    settleMs: 0,
  },
  provider_cooling: {
    severity: 'warning',
    summary:
      'Every credential of a provider that could serve rests for its rate limit, for 10 minutes or more or for the fourth time in a row.',
    reminds: false,
    passes: true,
    graceMs: 0,
    // Between two limits lies a moment or two in which requests go through.
    settleMs: 60 * minuteMs,
  },
  expiring: {
    severity: 'warning',
    summary: 'A credential will expire soon: see `auth.expiryWarning`.',
    reminds: true,
    passes: false,
    graceMs: 0,
    settleMs: 0,
  },
} as const satisfies Record<string, MatterKindEntry>

export type MatterKind = keyof typeof matterTable

export const matterKinds = Object.keys(matterTable) as [MatterKind, ...MatterKind[]]

/** Also for kinds of another version, which a file or an event may name: undefined for those. */
export function matterKindOf(kind: string): MatterKindEntry | undefined {
  return Object.hasOwn(matterTable, kind) ? matterTable[kind as MatterKind] : undefined
}

export interface Matter {
  /** The same for as long as it lasts: `expiring:anthropic:work:2026-11-22T10:51:43.000Z`. Never a secret. */
  readonly key: string
  readonly kind: MatterKind
  readonly profileId?: ProfileId
  readonly provider?: ProviderId
  /** A few words: `anthropic:work expires in 6d 23h`. */
  readonly title: string
  /** One sentence without its full stop. */
  readonly message: string
  /** The command to type, or what to do. */
  readonly hint: string
  /** Epoch milliseconds: when it began, as far as that is known. */
  readonly since: number
  /** Epoch milliseconds: when it ends, for better or worse; null when nobody knows. */
  readonly until: number | null
}

/** The most urgent kind first; within a kind what ends first. */
export function byMatterUrgency(matters: readonly Matter[]): Matter[] {
  return matters.toSorted(
    (a, b) =>
      matterKinds.indexOf(a.kind) - matterKinds.indexOf(b.kind) ||
      (a.until ?? Infinity) - (b.until ?? Infinity) ||
      (a.key < b.key ? -1 : 1),
  )
}
