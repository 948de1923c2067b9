// Finds the error in a provider's answer or stream event, whatever the shape, and puts its words into one form.
import { isRecord } from './json-record.ts'

export interface ProviderError {
  /** Type, code or status name as the provider writes it (`rate_limit_error`), the first there is; never a sentence. */
  readonly name: string | null
  /** Type, code, status name and message: lower case, words apart by single spaces, quoted text taken out. */
  readonly words: readonly string[]
  /** An HTTP status that the error itself names; null when it names none. */
  readonly status: number | null
}

/** A longer message counts by its beginning. */
const messageCharactersMax = 2_000

/**
 * The error of a JSON value, or null when it has none. Not by dialect: providers of one serve another's paths too
 * (`/anthropic` at DeepSeek, Z.AI and MiniMax, `/v1beta/openai` at Google). Known shapes:
 * `{type: 'error', error: {type, message}}` (docs.claude.com/en/api/errors), `{error: {type, code, message}}`
 * (platform.openai.com/docs/guides/error-codes), `{error: {code, status, message}}` and the same in an array
 * (cloud.google.com/apis/design/errors), `{type: 'error', code, message}` and `{type: 'response.failed', response: {error}}`
 * (platform.openai.com/docs/api-reference/responses-streaming), `{message}` (docs.cohere.com/reference/errors),
 * `{object: 'error', type, code, message}` (Mistral), `{error: 'text'}` (Hugging Face), `{detail}` and bare text.
 * @param isError true when it is known to be an error, by its status or its event's name: then anything in it counts
 */
export function errorOf(value: unknown, isError: boolean): ProviderError | null {
  const whole: unknown = Array.isArray(value) ? value[0] : value
  // A page of HTML comes from some proxy on the way and talks of anything.
  if (typeof whole === 'string') return isError && !/^\s*</.test(whole) ? described({ message: whole }) : null
  if (!isRecord(whole)) return null
  const { error, response, type } = whole
  if (typeof error === 'string') return described({ ...whole, message: error })
  if (isRecord(error)) return described(error)
  const failed = type === 'response.failed' && isRecord(response) ? response['error'] : undefined
  if (isRecord(failed)) return described(failed)
  return isError || type === 'error' || whole['object'] === 'error' ? described(whole) : null
}

const identifier = /^[a-z][a-z0-9_.]{0,63}$/i

function described(error: Readonly<Record<string, unknown>>): ProviderError {
  const { type, code, status, message, detail } = error
  const number = [status, code].map(numberOf).find((each) => Number.isInteger(each) && each >= 400 && each < 600)
  const names = [type, code, status].filter((name) => typeof name === 'string')
  const name = names.find((each) => identifier.test(each) && each !== 'error')
  const texts = [message, detail].filter((text) => typeof text === 'string')
  return {
    name: name ?? null,
    words: [...names.map(inWords), ...texts.map((text) => inWords(withoutQuotes(text)))],
    status: number ?? null,
  }
}

/** Some write it as a text. Number() of anything else may throw. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}

/** `RESOURCE_EXHAUSTED`, `rateLimitExceeded` and "Rate limit  exceeded" all in one form. */
function inWords(text: string): string {
  const spaced = text.slice(0, messageCharactersMax).replace(/([a-z])([A-Z])/g, '$1 $2')
  return spaced
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim()
}

/** An error quotes the request ("invalid schema for function 'get_rate_limit'"), and what the request says is no limit. */
function withoutQuotes(text: string): string {
  return text.slice(0, messageCharactersMax).replace(/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'/g, ' ')
}
