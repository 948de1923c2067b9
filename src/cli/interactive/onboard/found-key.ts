// What onboarding finds on this machine: keys with the places they lie in, and what is said about a place.
import type { ImportTool } from '../../import-tools.ts'
import { isClientToken } from '../../../domain/client-token.ts'
import { builtInProviders } from '../../../domain/provider-table.ts'

/** A sign-in with a refresh token is not among them: two programs that refresh one token log each other out. */
export type FoundKind = 'api_key' | 'token'

/** One key as a place holds it. The value is in the clear: it goes to the gateway and nowhere else. */
export interface PlacedKey {
  readonly provider: string
  readonly kind: FoundKind
  readonly value: string
}

/** What the text of a place says. */
export interface Reading {
  readonly keys: readonly PlacedKey[]
  /** Sentences about what is there and cannot be taken. */
  readonly remarks: readonly string[]
}

/** Where a key was found. */
export interface Origin {
  /** `codex`, which names the credential, too; `given` when a person typed it or named its file. */
  readonly tool: ImportTool | 'given'
  /** The file or variable, for people: `~/.codex/auth.json`. */
  readonly place: string
}

export interface FoundKey extends PlacedKey {
  /** At least one. */
  readonly origins: readonly [Origin, ...Origin[]]
}

export const nothing: Reading = { keys: [], remarks: [] }

/** Other tools' names of our providers. */
const aliases: Readonly<Record<string, string>> = {
  claude: 'anthropic',
  gemini: 'google',
  grok: 'xai',
  'x-ai': 'xai',
  togetherai: 'together',
  'together-ai': 'together',
  'fireworks-ai': 'fireworks',
  fireworks_ai: 'fireworks',
  moonshotai: 'moonshot',
  'kimi-for-coding': 'moonshot',
  vercel: 'vercel-ai-gateway',
  hf: 'huggingface',
}

/** Our id of a provider that another tool names; null for one we do not know. */
export function providerNamed(name: string): string | null {
  const lower = name.toLowerCase()
  const id = Object.hasOwn(aliases, lower) ? aliases[lower] : lower
  return builtInProviders.find((provider) => provider.id === id)?.id ?? null
}

/** Below this nothing is a key, and nothing could be shown of it to tell it from others. */
const keyCharactersMin = 20
const keyCharactersMax = 4096

/** False for placeholders (`$OPENAI_API_KEY`, `<your key>`, `xxxx…`), tokens of a gateway of ours, and what is no key of anybody. */
export function isPlausible(value: string): boolean {
  if (value.length < keyCharactersMin || value.length > keyCharactersMax) return false
  if (!/^[!-~]+$/.test(value) || /[<>${}"'`\\]/.test(value)) return false
  return !isClientToken(value) && !/^(.)\1*$/.test(value) && !/x{8}|your[-_]|[-_]here\b/i.test(value)
}
