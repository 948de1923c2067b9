// Reads a provider's usage object into token counts: each dialect's names, and those of its imitators.
import { isRecord } from '../domain/json-record.ts'
import type { TokenCounts } from './usage-record.ts'

type Usage = Readonly<Record<string, unknown>>

/** More than any model takes; what is above is no count of tokens. */
const tokensMax = 1e12

/** Null for an object that counts no tokens, such as the seconds of a transcription. */
export function tokenCounts(said: Usage): TokenCounts | null {
  // Cohere says what it counted and what it bills; the bill counts (docs.cohere.com/reference/chat).
  const usage = firstRecord(said['billed_units'], said['tokens']) ?? said
  const input = inputOf(usage)
  const output = outputOf(usage)
  if (input === null && output === null) return null
  const cachedInput = cachedOf(usage)
  const reasoning = reasoningOf(usage)
  return {
    input: input ?? 0,
    output: output ?? 0,
    ...(cachedInput !== null && { cachedInput }),
    ...(reasoning !== null && { reasoning }),
  }
}

/**
 * `prompt_tokens` and OpenAI's `input_tokens` include what came from the cache; Anthropic's `input_tokens` does not
 * (docs.claude.com/en/docs/build-with-claude/prompt-caching), nor do Google's tool results belong to its prompt.
 */
function inputOf(usage: Usage): number | null {
  const own = firstCount(usage, ['prompt_tokens', 'input_tokens', 'promptTokenCount'])
  const beside = ['cache_creation_input_tokens', 'cache_read_input_tokens', 'toolUsePromptTokenCount']
  const more = beside.flatMap((name) => countOf(usage[name]) ?? [])
  return own === null && more.length === 0 ? null : more.reduce((sum, count) => sum + count, own ?? 0)
}

/** Google counts its thoughts apart (ai.google.dev/api/generate-content#UsageMetadata), all others within. */
function outputOf(usage: Usage): number | null {
  const own = firstCount(usage, ['completion_tokens', 'output_tokens', 'candidatesTokenCount'])
  const thoughts = countOf(usage['thoughtsTokenCount'])
  return own === null && thoughts === null ? null : (own ?? 0) + (thoughts ?? 0)
}

function cachedOf(usage: Usage): number | null {
  const details = firstRecord(usage['prompt_tokens_details'], usage['input_tokens_details']) ?? {}
  const names = ['cache_read_input_tokens', 'cachedContentTokenCount', 'prompt_cache_hit_tokens', 'cached_tokens']
  return countOf(details['cached_tokens']) ?? firstCount(usage, names)
}

function reasoningOf(usage: Usage): number | null {
  const details = firstRecord(usage['completion_tokens_details'], usage['output_tokens_details']) ?? {}
  return countOf(details['reasoning_tokens']) ?? firstCount(usage, ['thoughtsTokenCount', 'reasoning_tokens'])
}

function firstCount(usage: Usage, names: readonly string[]): number | null {
  for (const name of names) {
    const count = countOf(usage[name])
    if (count !== null) return count
  }
  return null
}

/** Some write counts as `12.0`, which JSON reads as a whole number. */
function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : null
}

function firstRecord(...values: readonly unknown[]): Usage | undefined {
  return values.find(isRecord)
}
