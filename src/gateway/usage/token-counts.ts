// Reads a provider's usage object into token counts: each dialect's names, and those of its imitators.
import { isRecord } from '../../domain/json-record.ts'
import type { TokenCounts } from './record.ts'

type Usage = Readonly<Record<string, unknown>>

/** More than any model takes; what is above is no count of tokens. */
const tokensMax = 1e12
const noDetails: Usage = {}

/** Null for an object that counts no tokens, such as the seconds of a transcription. */
export function tokenCounts(said: Usage): TokenCounts | null {
  const usage = billed(said)
  const input = inputOf(usage)
  const output = outputOf(usage)
  if (input === null && output === null) return null
  const counts = { input: input ?? 0, output: output ?? 0 }
  const cachedInput = cachedOf(usage)
  const reasoning = reasoningOf(usage)
  if (cachedInput === null) return reasoning === null ? counts : { ...counts, reasoning }
  return reasoning === null ? { ...counts, cachedInput } : { ...counts, cachedInput, reasoning }
}

/** Whether an object counts tokens at all. */
export function countsTokens(said: Usage): boolean {
  const usage = billed(said)
  return inputOf(usage) !== null || outputOf(usage) !== null
}

/** Cohere says what it counted and what it bills; the bill counts (docs.cohere.com/reference/chat). */
function billed(said: Usage): Usage {
  const { billed_units: bill, tokens } = said
  return isRecord(bill) ? bill : isRecord(tokens) ? tokens : said
}

/**
 * `prompt_tokens` and OpenAI's `input_tokens` include what came from the cache; Anthropic's `input_tokens` does not
 * (docs.claude.com/en/docs/build-with-claude/prompt-caching), nor do Google's tool results belong to its prompt.
 */
function inputOf(usage: Usage): number | null {
  const { prompt_tokens: chat, input_tokens: own, promptTokenCount: google } = usage
  const { cache_creation_input_tokens: written, cache_read_input_tokens: read, toolUsePromptTokenCount: tools } = usage
  const input = countOf(chat) ?? countOf(own) ?? countOf(google)
  const beside = (countOf(written) ?? 0) + (countOf(read) ?? 0) + (countOf(tools) ?? 0)
  return input === null && beside === 0 ? null : (input ?? 0) + beside
}

/** Google counts its thoughts apart (ai.google.dev/api/generate-content#UsageMetadata), all others within. */
function outputOf(usage: Usage): number | null {
  const { completion_tokens: chat, output_tokens: own, candidatesTokenCount: google, thoughtsTokenCount } = usage
  const output = countOf(chat) ?? countOf(own) ?? countOf(google)
  const thoughts = countOf(thoughtsTokenCount)
  return output === null ? thoughts : output + (thoughts ?? 0)
}

function cachedOf(usage: Usage): number | null {
  const { prompt_tokens_details: chat, input_tokens_details: responses, cached_tokens: moonshot } = usage
  const {
    cache_read_input_tokens: anthropic,
    cachedContentTokenCount: google,
    prompt_cache_hit_tokens: deepseek,
  } = usage
  const { cached_tokens: detail } = detailsOf(chat, responses)
  return countOf(detail) ?? countOf(anthropic) ?? countOf(google) ?? countOf(deepseek) ?? countOf(moonshot)
}

function reasoningOf(usage: Usage): number | null {
  const { completion_tokens_details: chat, output_tokens_details: responses, thoughtsTokenCount: google } = usage
  const { reasoning_tokens: detail } = detailsOf(chat, responses)
  return countOf(detail) ?? countOf(google)
}

function detailsOf(one: unknown, other: unknown): Usage {
  return isRecord(one) ? one : isRecord(other) ? other : noDetails
}

/** Some write counts as `12.0`, which JSON reads as a whole number. */
function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : null
}
