// The pages of the gateway itself: is it alive, is it ready, what has it counted.
import type { ClientHeaders } from './clients/headers.ts'
import type { ClientRequest } from './clients/request.ts'
import type { ClientResponse } from './clients/response.ts'
import type { GatewayDeps } from './deps.ts'
import { clientOfTokens, unauthorized } from './guard.ts'
import { writeRefusal, writeText } from './own-answers.ts'

export interface OwnPages {
  readonly gateway: GatewayDeps
  metricsPage(): string
}

/** Answers `/healthz`, `/readyz` and `/metrics`; false for every other name. */
export function serveOwnPage(
  name: string,
  pages: OwnPages,
  request: ClientRequest,
  headers: ClientHeaders,
  response: ClientResponse,
): boolean {
  switch (name) {
    case 'healthz':
      writeText(response, request, 200, 'application/json', '{"status":"ok"}\n')
      return true
    case 'readyz': {
      const reason = pages.gateway.notReady()
      const body = reason === null ? { status: 'ready' } : { status: 'not ready', reason }
      writeText(response, request, reason === null ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`)
      return true
    }
    case 'metrics': {
      const client = clientOfTokens(headers.tokens, (tokenHash) => pages.gateway.clientOf(tokenHash))
      if (client === undefined) writeRefusal(response, unauthorized(headers.tokens))
      else writeText(response, request, 200, 'text/plain; version=0.0.4; charset=utf-8', pages.metricsPage())
      return true
    }
    default:
      return false
  }
}
