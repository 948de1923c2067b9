// What a provider's answer, or an error event in its stream, says about the credential it was made with.
import { errorOf, type ProviderError } from './provider-error.ts'
import type { Restriction } from './events.ts'
import { isRecord } from './json-record.ts'
import type { Dialect } from './provider.ts'
import { type HeaderLookup, statedResetMs } from './reset-time.ts'
import { restrictionIn } from './restriction.ts'

export interface Answer {
  readonly dialect: Dialect
  readonly status: number
  /** By lower-case name. */
  readonly headers: HeaderLookup
  /** The parsed JSON of an answer of status 400 or more; undefined when there is none. */
  readonly body: unknown
  /** Epoch milliseconds. */
  readonly now: number
}

export type AnswerClass = 'ok' | 'rate_limited' | 'unauthorized' | 'billing' | 'restricted' | 'other'

export interface Classification {
  readonly class: AnswerClass
  /**
   * True when the next candidate is to be tried: for every `rate_limited`, and for a `billing` that came as a rate limit.
   * OpenAI says 429 `insufficient_quota` when the money is gone: by its status the next key gets the request, by its
   * meaning this one is blocked for billing, since 30 seconds of cooldown would send every other request into it.
   */
  readonly tryNext: boolean
  /** Milliseconds until the reset that the provider states for a `rate_limited`, else null. */
  readonly retryAfterMs: number | null
  /** Whether it is about the model asked for or about everything this credential does. */
  readonly scope: 'model' | 'credential'
  /** For a `restricted`: the one program that the provider takes the credential from. */
  readonly restrictedTo?: Restriction
}

/** Classifies a whole answer. The body counts for status 400 and up only: before that, talk of rate limits is content. */
export function classifyAnswer(answer: Answer): Classification {
  const { dialect, status, headers, body, now } = answer
  if (status < 400) return verdict('ok')
  return classify(dialect, { status, error: errorOf(body, true), headers, body, now })
}

/**
 * Classifies one event of a stream that began with status 200; `other` for an error of another kind, null for no error.
 * @param data the event's parsed JSON, or its text when it is none
 */
export function classifyStreamEvent(
  dialect: Dialect,
  eventName: string | undefined,
  data: unknown,
  now: number,
): Classification | null {
  const error = errorOf(data, eventName === 'error')
  if (error === null) return null
  // OpenRouter and Google put the status that the answer would have had into `code`.
  return classify(dialect, { status: error.status ?? 200, error, headers: () => undefined, body: data, now })
}

interface Failure {
  readonly status: number
  readonly error: ProviderError | null
  readonly headers: HeaderLookup
  readonly body: unknown
  readonly now: number
}

function classify(dialect: Dialect, failure: Failure): Classification {
  const { status, error, headers, body, now } = failure
  const limited = status === 429 || says(rateLimitPatterns, error)
  // Whatever its status: the credential is good, and stays so for the one program.
  const restrictedTo = restrictionIn(dialect, error)
  if (restrictedTo !== null) return { ...verdict('restricted'), restrictedTo }
  if (says(scopePatterns, error)) return verdict('other')
  if (status === 401) return verdict('unauthorized')
  // A status that leaves no doubt is believed before the words beside it.
  if (status === 402) return verdict('billing')
  if (says(billingPatterns, error)) return { ...verdict('billing'), tryNext: limited }
  if (limited) {
    const scope = isWholeCredential(dialect, headers, body) ? 'credential' : 'model'
    return { class: 'rate_limited', tryNext: true, retryAfterMs: statedResetMs(headers, body, now), scope }
  }
  if (status === 403 || says(unauthorizedPatterns, status < 400 ? error : null)) return verdict('unauthorized')
  return verdict('other')
}

function verdict(answerClass: AnswerClass): Classification {
  return { class: answerClass, tryNext: false, retryAfterMs: null, scope: 'credential' }
}

/** Matched against type, code and message in words: lower case, `RESOURCE_EXHAUSTED` and `rateLimitExceeded` with spaces. */
const rateLimitPatterns = [
  // docs.claude.com/en/api/errors `rate_limit_error`; platform.openai.com/docs/guides/error-codes `rate_limit_exceeded`;
  // Mistral's `rate_limited`; developers.google.com/drive/api/guides/handle-errors `rateLimitExceeded`
  /\brate ?limit/,
  // ai.google.dev/gemini-api/docs/rate-limits "You exceeded your current quota", "Quota exceeded for metric"
  /\bquota\b.{0,40}\bexceeded\b|\bexceed(?:ed|s|ing)?\b.{0,40}\bquota\b/,
  // ai.google.dev/gemini-api/docs/troubleshooting `RESOURCE_EXHAUSTED`
  /\bresources? (?:has been |have been |is |was )?exhausted\b/,
  // RFC 6585, section 4
  /\btoo many requests\b/,
  // docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html `ThrottlingException`
  /\bthrottl(?:e|ed|ing)\b/,
] as const

const billingPatterns = [
  // platform.openai.com/docs/guides/error-codes: 429 "You exceeded your current quota" has this code, a plain limit has not
  /\binsufficient quota\b/,
  // platform.openai.com/docs/guides/error-codes
  /\bbilling (?:hard limit reached|hard limit has been reached|not active)\b/,
  // docs.claude.com/en/api/errors `billing_error`; its message has long come as 400 `invalid_request_error` too
  /^billing error$|\bcredit balance is too low\b/,
  // api-docs.deepseek.com/quick_start/error_codes "Insufficient Balance"; docs.z.ai/api-reference/api-code 1113;
  // openrouter.ai/docs/api-reference/errors "insufficient credits"
  /\binsufficient (?:account )?(?:balance|credits?|funds)\b/,
  // platform.moonshot.ai/docs/api/chat `exceeded_current_quota_error`: the account's money, not its rate
  /^exceeded current quota error$/,
  // docs.x.ai/docs/key-information/billing; Google's prepaid accounts
  /\b(?:used all available credits|credits are depleted)\b/,
] as const

/**
 * The credential was taken, and is not allowed this one thing: Anthropic's 403 "OAuth token does not meet scope
 * requirement user:profile" (github.com/anthropics/claude-code/issues/22450: what `claude setup-token` makes may infer and
 * nothing else), and 401 "OAuth authentication is currently not supported." of paths that take no subscription (github.com/anthropics/claude-code/issues/5983);
 * OpenAI's 401 and 403 "Missing scopes: api.model.read" of a restricted key (platform.openai.com/docs/api-reference/authentication).
 */
const scopePatterns = [
  /\bdoes not meet scope requirement\b/,
  /\bmissing scopes\b/,
  /\boauth authentication is currently not supported\b/,
] as const

/** In a stream there is no status: docs.claude.com/en/api/errors, platform.openai.com/docs/guides/error-codes. */
const unauthorizedPatterns = [/^(?:authentication|permission) error$/, /^invalid api key$/] as const

function says(patterns: readonly RegExp[], error: ProviderError | null): boolean {
  return error?.words.some((text) => patterns.some((pattern) => pattern.test(text))) ?? false
}

/**
 * Limits are per model unless the provider says otherwise: one model's limit must not block the others. It does for
 * Anthropic's subscription windows (the claim names the model where it is one's own, as in `seven_day_opus`), and for a
 * Google quota whose id has no `PerModel`, ai.google.dev/gemini-api/docs/rate-limits.
 */
function isWholeCredential(dialect: Dialect, headers: HeaderLookup, body: unknown): boolean {
  if (dialect === 'anthropic') {
    const claim = headers('anthropic-ratelimit-unified-representative-claim')
    return (
      headers('anthropic-ratelimit-unified-status') === 'rejected' && (claim === 'five_hour' || claim === 'seven_day')
    )
  }
  if (dialect !== 'google') return false
  const quotas = quotaIds(body)
  return quotas.length > 0 && quotas.every((quota) => !quota.includes('PerModel'))
}

/** `error.details[].violations[].quotaId` of google.rpc.QuotaFailure; there are one or two of each. */
function quotaIds(body: unknown): readonly string[] {
  const whole: unknown = Array.isArray(body) ? body[0] : body
  const error = isRecord(whole) ? whole['error'] : undefined
  return listIn(error, 'details')
    .flatMap((detail) => listIn(detail, 'violations'))
    .flatMap((violation) => (isRecord(violation) ? violation['quotaId'] : undefined))
    .filter((id) => typeof id === 'string')
}

const entriesMax = 32

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = isRecord(value) ? value[name] : undefined
  return Array.isArray(list) ? list.slice(0, entriesMax) : []
}
