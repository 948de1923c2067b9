// The errors the gateway itself makes, one table: its code, its status and its words in the shape of each provider's API.
import type { Dialect } from '../domain/provider.ts'

interface GatewayErrorEntry {
  readonly status: number
  /** `error.type` of Anthropic's API. */
  readonly anthropic: string
  /** `error.type` of OpenAI's API. */
  readonly openai: string
  /** `error.status` of Google's API. */
  readonly google: string
  /** One sentence for the generated reference page. */
  readonly meaning: string
}

export const gatewayErrors = {
  bad_request: {
    status: 400,
    anthropic: 'invalid_request_error',
    openai: 'invalid_request_error',
    google: 'INVALID_ARGUMENT',
    meaning:
      'The path, an x-traseai header or the body of a request to /v1 makes no sense, or there is no default model.',
  },
  unauthorized_client: {
    status: 401,
    anthropic: 'authentication_error',
    openai: 'authentication_error',
    google: 'UNAUTHENTICATED',
    meaning: 'The gateway token is missing, wrong or revoked.',
  },
  forbidden_origin: {
    status: 403,
    anthropic: 'permission_error',
    openai: 'permission_error',
    google: 'PERMISSION_DENIED',
    meaning: 'The Host is not a loopback name, or a web page sent the request.',
  },
  unknown_provider: {
    status: 404,
    anthropic: 'not_found_error',
    openai: 'invalid_request_error',
    google: 'NOT_FOUND',
    meaning: 'The first part of the path, or of a model at /v1, names no provider.',
  },
  unknown_model: {
    status: 404,
    anthropic: 'not_found_error',
    openai: 'invalid_request_error',
    google: 'NOT_FOUND',
    meaning: 'What a request to /v1 names is neither `provider/model` nor an alias.',
  },
  unknown_endpoint: {
    status: 404,
    anthropic: 'not_found_error',
    openai: 'invalid_request_error',
    google: 'NOT_FOUND',
    meaning: 'The gateway, or the provider of the model, does not serve this path of /v1.',
  },
  not_found: {
    status: 404,
    anthropic: 'not_found_error',
    openai: 'invalid_request_error',
    google: 'NOT_FOUND',
    meaning: 'x-traseai-profile, or what follows the @ of a model, names no credential of this provider.',
  },
  body_too_large: {
    status: 413,
    anthropic: 'request_too_large',
    openai: 'invalid_request_error',
    google: 'INVALID_ARGUMENT',
    meaning:
      'The request body is longer than gateway.bodyBytesMax, and the model of a request to /v1 stands behind that.',
  },
  request_timeout: {
    status: 408,
    anthropic: 'timeout_error',
    openai: 'invalid_request_error',
    google: 'INVALID_ARGUMENT',
    meaning: 'The headers of a request took too long to come.',
  },
  expectation_failed: {
    status: 417,
    anthropic: 'invalid_request_error',
    openai: 'invalid_request_error',
    google: 'INVALID_ARGUMENT',
    meaning: 'An Expect header asks for something other than 100-continue.',
  },
  headers_too_large: {
    status: 431,
    anthropic: 'invalid_request_error',
    openai: 'invalid_request_error',
    google: 'INVALID_ARGUMENT',
    meaning: 'The request line and headers are too long, or too many.',
  },
  rate_limited: {
    status: 429,
    anthropic: 'rate_limit_error',
    openai: 'rate_limit_error',
    google: 'RESOURCE_EXHAUSTED',
    meaning: 'Every credential is cooling, and a trial is already under way; retry-after is true.',
  },
  internal: {
    status: 500,
    anthropic: 'api_error',
    openai: 'server_error',
    google: 'INTERNAL',
    meaning: 'A defect of the program.',
  },
  upgrade_unsupported: {
    status: 501,
    anthropic: 'invalid_request_error',
    openai: 'invalid_request_error',
    google: 'UNIMPLEMENTED',
    meaning: 'Upgraded connections (WebSocket) are not forwarded.',
  },
  upstream_unreachable: {
    status: 502,
    anthropic: 'api_error',
    openai: 'server_error',
    google: 'UNAVAILABLE',
    meaning: 'No connection to the provider, or it was lost before an answer.',
  },
  no_credentials: {
    status: 503,
    anthropic: 'api_error',
    openai: 'server_error',
    google: 'UNAVAILABLE',
    meaning: 'The provider has no usable credential; the message says why for each.',
  },
  upstream_timeout: {
    status: 504,
    anthropic: 'timeout_error',
    openai: 'server_error',
    google: 'DEADLINE_EXCEEDED',
    meaning: 'The provider did not answer within the time limit.',
  },
} as const satisfies Record<string, GatewayErrorEntry>

export type GatewayErrorCode = keyof typeof gatewayErrors

/** A refusal by the gateway itself. `message`: lower case, what failed; `hint`: what to type next. Never a secret in either. */
export interface Refusal {
  readonly code: GatewayErrorCode
  readonly message: string
  readonly hint: string | null
  /** Whole seconds, for `retry-after`. */
  readonly retryAfterSeconds?: number
}

export function refusal(code: GatewayErrorCode, message: string, hint: string | null = null): Refusal {
  return { code, message, hint }
}

/** Status, raw headers (name, value, name, value …) and JSON body of a refusal, in the provider's own error shape. */
export function refusalResponse(
  dialect: Dialect,
  refused: Refusal,
): { status: number; headers: string[]; body: Buffer } {
  const { code, message, hint } = refused
  const entry: GatewayErrorEntry = gatewayErrors[code]
  const text = `traseai: ${message}${hint === null ? '' : ` (${hint})`}`
  const body = Buffer.from(JSON.stringify(shapes[dialect](entry, text, { code, hint })))
  const headers = ['content-type', 'application/json', 'content-length', String(body.length)]
  if (refused.retryAfterSeconds !== undefined) headers.push('retry-after', String(refused.retryAfterSeconds))
  // The SDKs of OpenAI and Anthropic try a 5xx again by themselves unless told not to; without a credential that is only noise.
  if (code === 'no_credentials') headers.push('x-should-retry', 'false')
  return { status: entry.status, headers, body }
}

type Shape = (
  entry: GatewayErrorEntry,
  message: string,
  traseai: { readonly code: string; readonly hint: string | null },
) => object

/**
 * The shapes are those of the providers' references: https://docs.anthropic.com/en/api/errors,
 * https://platform.openai.com/docs/guides/error-codes, https://google.aip.dev/193.
 */
const shapes: Readonly<Record<Dialect, Shape>> = {
  anthropic: ({ anthropic: type }, message, traseai) => ({ type: 'error', error: { type, message, traseai } }),
  openai: ({ openai: type }, message, traseai) => ({
    error: { message, type, param: null, code: traseai.code, traseai },
  }),
  google: ({ status, google }, message, traseai) => ({
    error: { code: status, message, status: google, details: [], traseai },
  }),
}
