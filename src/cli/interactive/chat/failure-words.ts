// What went wrong with a request of a chat, in words: from what the gateway refuses itself, and from what a provider answers.
import { isRecord, jsonOrNull } from '../../../domain/json-record.ts'
import { withoutKeys } from '../../../domain/keys-in-text.ts'
import { errorOf } from '../../../domain/provider-error.ts'
import { type ErrorName, TraseError } from '../../../errors.ts'
import { duration } from '../../../domain/duration.ts'

/** What an answer says before its body. */
export interface AnswerHead {
  readonly status: number
  readonly header: (name: string) => string | null
  /** The credential it was served with. */
  readonly profileId: string | null
  readonly attempts: number
  /** A paid key took the place of a subscription. */
  readonly fallback: string | null
}

interface Asked {
  readonly head: AnswerHead
  readonly model: string
}

/** Of what a provider says; some send a page of HTML. */
const wordsCharactersMax = 400

/** The failure that a status of 400 or more means. `body` is its text. */
export function answerFailure(asked: Asked & { readonly body: string }): TraseError {
  const body = jsonOrNull(asked.body)
  const words = wordsOf(body) ?? (body === null ? withoutMarkup(asked.body) : '')
  return ownRefusal(body) ?? providerFailure(asked, asked.head.status, words)
}

/** The failure that an event of a stream tells, or a whole answer that is none; null when it tells none. */
export function eventFailure(name: string, data: unknown, asked: Asked): TraseError | null {
  const error = errorOf(data, name === 'error')
  if (error === null) return null
  // Some name the status that the answer would have had, if it had been known at its beginning.
  const named = Object.hasOwn(statuses, error.name ?? '') ? statuses[error.name ?? ''] : undefined
  return providerFailure(asked, error.status ?? named ?? streamStatus, wordsOf(data) ?? '')
}

/** By the names of errors, at whatever status: docs.claude.com/en/api/errors, platform.openai.com/docs/guides/error-codes, cloud.google.com/apis/design/errors. */
const statuses: Readonly<Record<string, number>> = {
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  RESOURCE_EXHAUSTED: 429,
  authentication_error: 401,
  invalid_api_key: 401,
  billing_error: 402,
  insufficient_quota: 402,
  permission_error: 403,
  invalid_request_error: 400,
}

/** What fails in the middle of an answer is the provider's own failure, as far as anybody can tell. */
const streamStatus = 500

/** What the gateway's own codes are here; every other one is an `internal`. */
const ownCodes: Readonly<Record<string, ErrorName>> = {
  no_credentials: 'no_credentials',
  rate_limited: 'rate_limited',
  unauthorized_client: 'permission_denied',
  bad_request: 'usage',
  not_found: 'not_found',
  unknown_model: 'not_found',
  unknown_provider: 'not_found',
  unknown_endpoint: 'not_found',
  body_too_large: 'limit_reached',
  upstream_unreachable: 'provider_unreachable',
  upstream_timeout: 'timeout',
}

/** The gateway writes its words and its hint into one message, for programs that show nothing else. */
function ownRefusal(body: unknown): TraseError | null {
  const error = isRecord(body) ? body['error'] : null
  const mark = isRecord(error) ? error['traseai'] : null
  if (!isRecord(error) || !isRecord(mark) || typeof error['message'] !== 'string') return null
  const { code, hint } = mark
  const message = error['message'].replace(/^traseai: /, '')
  const name = typeof code === 'string' && Object.hasOwn(ownCodes, code) ? ownCodes[code] : undefined
  if (typeof hint !== 'string') return new TraseError(name ?? 'internal', message)
  const tail = ` (${hint})`
  return new TraseError(name ?? 'internal', message.endsWith(tail) ? message.slice(0, -tail.length) : message, { hint })
}

interface Meaning {
  readonly code: ErrorName
  readonly what: (provider: string, credential: string) => string
  readonly hint?: string
}

/** By status; RFC 9110, and RFC 6585 for 429. What is not here is as its hundreds. */
const meanings: Readonly<Record<number, Meaning>> = {
  400: { code: 'request_refused', what: (provider) => `${provider} does not take the request` },
  401: { code: 'credential_refused', what: (provider, credential) => `${provider} does not accept ${credential}` },
  402: { code: 'credential_refused', what: (provider, credential) => `${provider} wants to be paid for ${credential}` },
  403: {
    code: 'credential_refused',
    what: (provider, credential) => `${provider} does not allow this to ${credential}`,
  },
  404: {
    code: 'not_found',
    what: (provider) => `${provider} does not find what was asked for`,
    hint: 'see the models there are: traseai models list',
  },
  429: { code: 'rate_limited', what: (provider, credential) => `${provider} limits the rate of ${credential}` },
  500: { code: 'provider_failed', what: (provider) => `${provider} had an error of its own` },
}

function providerFailure({ head, model }: Asked, status: number, words: string): TraseError {
  const credential = head.profileId ?? 'the credential'
  const [provider = credential] = model.includes('/') ? model.split('/') : credential.split(':')
  const { code, what, hint } = meanings[status] ?? meanings[status < 500 ? 400 : 500] ?? whatever
  const tried = head.attempts > 1 ? `, the last of ${head.attempts} that were tried` : ''
  const said = words === '' ? ` (HTTP ${status})` : `: ${words}`
  const due = code === 'rate_limited' ? dueHint(head) : null
  return new TraseError(code, `${what(provider, credential)}${tried}${said}`, { hint: due ?? hint })
}

const whatever: Meaning = { code: 'provider_failed', what: (provider) => `${provider} failed` }

/** RFC 9110, section 10.2.3, as a number of seconds. */
function dueHint({ header }: AnswerHead): string | null {
  const seconds = Number(header('retry-after') ?? Number.NaN)
  return seconds >= 0 ? `try again in ${duration(Math.max(1, seconds) * 1_000)}` : null
}

/** The sentence of an error, wherever a provider puts it; null when there is none. */
function wordsOf(body: unknown): string | null {
  const whole: unknown = Array.isArray(body) ? body[0] : body
  if (!isRecord(whole)) return null
  const { error, message, detail } = whole
  const said = [isRecord(error) ? error['message'] : error, message, detail].find((text) => typeof text === 'string')
  return said === undefined ? null : shortened(said)
}

/** A page of some proxy says nothing to a person. */
function withoutMarkup(text: string): string {
  return /^\s*</.test(text) ? '' : shortened(text)
}

/** On one line. A provider may quote the key it refuses. */
function shortened(text: string): string {
  const line = withoutKeys(text.replace(/\s+/g, ' ').trim())
  return line.length > wordsCharactersMax ? `${line.slice(0, wordsCharactersMax)}…` : line
}
