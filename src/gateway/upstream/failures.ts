// Why a provider gave no answer: every failure of our own connections by name, with what the client is told.

/** `told` is the gateway's error for the client; `words` say the same to a person, in front of the code. */
interface UpstreamFailure {
  readonly told: 'upstream_timeout' | 'upstream_unreachable' | 'bad_request'
  readonly words: string
}

export const upstreamFailures = {
  UPSTREAM_CONNECT_TIMEOUT: { told: 'upstream_timeout', words: 'no connection in time' },
  UPSTREAM_QUEUE_TIMEOUT: { told: 'upstream_timeout', words: 'no connection became free in time' },
  UPSTREAM_HEADERS_TIMEOUT: { told: 'upstream_timeout', words: 'no answer in time' },
  UPSTREAM_IDLE_TIMEOUT: { told: 'upstream_timeout', words: 'it stopped in the middle' },
  UPSTREAM_QUEUE_FULL: { told: 'upstream_unreachable', words: 'too many requests wait for a connection' },
  UPSTREAM_CLOSED: { told: 'upstream_unreachable', words: 'the connection was lost' },
  UPSTREAM_BAD_ANSWER: { told: 'upstream_unreachable', words: 'its answer is not HTTP/1.1 as it must be' },
  UPSTREAM_PROXY_REFUSED: { told: 'upstream_unreachable', words: 'the proxy did not let it through' },
  UPSTREAM_PROXY_UNREACHABLE: { told: 'upstream_unreachable', words: 'the proxy cannot be reached' },
  UPSTREAM_PROXY_UNUSABLE: { told: 'upstream_unreachable', words: 'the proxy that is set is no HTTP proxy' },
  UPSTREAM_NOT_WANTED: { told: 'upstream_unreachable', words: 'the request was given up' },
  UPSTREAM_BAD_REQUEST: { told: 'bad_request', words: 'it cannot be written as HTTP/1.1' },
} as const satisfies Record<string, UpstreamFailure>

export type UpstreamErrorCode = keyof typeof upstreamFailures

/** `message` says what exactly, and never holds a secret or the address of a proxy with its password. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode

  constructor(code: UpstreamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** An answer that is not HTTP/1.1 as it must be; `what` is a sentence about it, such as `its head is malformed`. */
export function badAnswer(what: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_ANSWER', what)
}

/** An error of the system or of TLS, with what we know besides: in its message for the log, and for `noteOf`. */
export function withNote(error: Error, note: string): Error {
  error.message += ` (${note})`
  return Object.assign(error, { note })
}

export function noteOf(error: Error): string | null {
  return 'note' in error && typeof error.note === 'string' ? error.note : null
}

/** The failure behind a code; undefined for a code of the system or of TLS. */
export function failureOf(code: string): UpstreamFailure | undefined {
  return Object.hasOwn(upstreamFailures, code) ? upstreamFailures[code as UpstreamErrorCode] : undefined
}
