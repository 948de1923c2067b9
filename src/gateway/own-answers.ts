// Answers that the gateway makes itself, whole and with their date.
import { STATUS_CODES } from 'node:http'
import type { ClientRequest } from './clients/request.ts'
import type { ClientResponse } from './clients/response.ts'
import { type Refusal, refusalResponse } from './gateway-errors.ts'

/** A refusal of a request that names no provider yet: the shape that most SDKs read. */
export function writeRefusal(response: ClientResponse, refused: Refusal): void {
  const { status, headers, body } = refusalResponse('openai', refused)
  writeWhole(response, status, headers, body)
}

export function writeJson(response: ClientResponse, request: ClientRequest, value: object): void {
  writeText(response, request, 200, 'application/json', JSON.stringify(value))
}

export function writeText(
  response: ClientResponse,
  request: ClientRequest,
  status: number,
  contentType: string,
  text: string,
): void {
  const body = Buffer.from(text)
  const headers = ['content-type', contentType, 'content-length', String(body.length), 'cache-control', 'no-store']
  writeWhole(response, status, headers, request.method === 'HEAD' ? null : body)
}

/** An answer of the gateway's own, with its `date` (RFC 9110 section 6.6.1). */
export function writeWhole(
  response: ClientResponse,
  status: number,
  headers: readonly string[],
  body: Buffer | null,
): void {
  response.writeHead(status, STATUS_CODES[status] ?? '', [...headers, 'date', response.date()])
  response.end(body ?? undefined)
}
