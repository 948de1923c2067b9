// The pages of the gateway itself: is it alive, is it ready, what has it counted.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientHeaders } from './client-headers.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusalResponse } from './gateway-errors.ts'
import { clientOfTokens, unauthorized } from './guard.ts'

export interface OwnPages {
  readonly gateway: GatewayDeps
  metricsPage(): string
}

/** Answers `/healthz`, `/readyz` and `/metrics`; false for every other name. */
export function serveOwnPage(
  name: string,
  pages: OwnPages,
  request: IncomingMessage,
  headers: ClientHeaders,
  response: ServerResponse,
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

/** A refusal of a request that names no provider yet: the shape that most SDKs read. */
export function writeRefusal(response: ServerResponse, refused: Refusal): void {
  const { status, headers, body } = refusalResponse('openai', refused)
  response.writeHead(status, headers)
  response.end(body)
}

export function writeJson(response: ServerResponse, request: IncomingMessage, value: object): void {
  writeText(response, request, 200, 'application/json', JSON.stringify(value))
}

function writeText(
  response: ServerResponse,
  request: IncomingMessage,
  status: number,
  contentType: string,
  text: string,
): void {
  response.writeHead(status, [
    'content-type',
    contentType,
    'content-length',
    String(Buffer.byteLength(text)),
    'cache-control',
    'no-store',
  ])
  response.end(request.method === 'HEAD' ? undefined : text)
}
