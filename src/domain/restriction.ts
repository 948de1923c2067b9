// The answers by which a provider says that it takes a credential from its own program only, and the words for that.
import type { Restriction } from './events.ts'
import type { ProviderError } from './provider-error.ts'
import type { Dialect } from './provider.ts'

interface RestrictionRow {
  /** Whose answers are looked at. */
  readonly dialect: Dialect
  /** Matched as the patterns of rate-limit.ts are: against the error's words, lower case, apart by single spaces. */
  readonly pattern: RegExp
  /** What the program is called. */
  readonly program: string
}

const table = {
  // 400 `invalid_request_error` "This credential is only authorized for use with Claude Code and cannot be used for other API requests."
  // (github.com/anthropics/claude-code/issues/8046); what such a token is for: code.claude.com/docs/en/authentication
  'claude-code': {
    dialect: 'anthropic',
    pattern: /\bcredential is only authorized for use with claude code\b/,
    program: 'Claude Code',
  },
} as const satisfies Record<Restriction, RestrictionRow>

/** The one program that the provider takes this credential from; null when the error says nothing of the kind. */
export function restrictionIn(dialect: Dialect, error: ProviderError | null): Restriction | null {
  if (error === null) return null
  const found = Object.entries<RestrictionRow>(table).find(
    ([, row]) => row.dialect === dialect && error.words.some((text) => row.pattern.test(text)),
  )
  return found ? (found[0] as Restriction) : null // a key of the table
}

/** `only for Claude Code` */
export function restrictionWords(restriction: Restriction): string {
  return `only for ${table[restriction].program}`
}

/** Also for a word that is not of this version. */
export function knownRestrictionWords(restriction: string): string {
  return Object.hasOwn(table, restriction) ? restrictionWords(restriction as Restriction) : `only for ${restriction}` // a key of the table
}

/** How to go on with programs of one's own, which need an API key. */
export function restrictionHint(provider: string): string {
  return `traseai models auth paste-api-key --provider ${provider}   (then put it first: traseai models auth order set --provider ${provider} ${provider}:api-key …)`
}
