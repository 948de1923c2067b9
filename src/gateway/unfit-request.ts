// Requests that are not forwarded, whatever provider they are for.
import type { ClientHeaders } from './clients/headers.ts'
import { type Refusal, refusal } from './gateway-errors.ts'

export function refuseUnfit(method: string | undefined, { upgrade, transferEncoding }: ClientHeaders): Refusal | null {
  if (upgrade?.toLowerCase() === 'websocket') return noWebSockets
  if (method === 'TRACE') return noTrace
  return isChunked(transferEncoding) ? null : noCoding
}

const noWebSockets = refusal(
  'upgrade_unsupported',
  'WebSocket connections are not forwarded',
  'use the HTTP API, with or without streaming',
)

/** RFC 9110 section 9.3.8: the answer is the request itself, and so it would hold the provider's key. */
const noTrace = refusal('bad_request', 'TRACE is not forwarded', 'use GET or POST')

/** RFC 9112 section 6.1: Node undoes `chunked` alone, so what is inside another coding would go on without its name. */
function isChunked(transferEncoding: string | null): boolean {
  return transferEncoding === null || transferEncoding.trim().toLowerCase() === 'chunked'
}

const noCoding = refusal(
  'bad_request',
  'a transfer-encoding other than chunked is not understood',
  'send the compressed body with content-encoding, or as it is',
)
