// Requests to the gateway as programs send them: with fetch's headers, or byte by byte over a socket.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import { token } from './room.ts'

export interface Reply {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
}

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** The gateway token, in the header that the provider's SDK uses; null sends none. */
  readonly token?: string | null
}

/** One request with a token, a body that names a model, and a connection of its own. */
export async function call(url: string, path: string, options: Call = {}): Promise<Reply> {
  const response = await open(url, path, options)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: response.headers as Record<string, string>,
    rawHeaders: response.rawHeaders,
    body,
    text: body.toString(),
  }
}

/** The same, as soon as the head is there. */
export async function open(
  url: string,
  path: string,
  { method = 'POST', headers = {}, body = '{"model":"m"}', token: own = token }: Call = {},
): Promise<IncomingMessage> {
  const request = httpRequest(`${url}${path.startsWith('/') ? '' : '/'}`, {
    path,
    method,
    agent: false,
    headers: { ...(own === null ? {} : { 'x-api-key': own }), 'content-type': 'application/json', ...headers },
  })
  request.end(method === 'GET' || method === 'HEAD' ? undefined : body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

/** A call that waits for its answer until `leave` ends it, as a client that goes away does. */
export function callAndLeave(url: string, path: string): { leave(): Promise<void> } {
  const abort = new AbortController()
  const headers = { 'x-api-key': token }
  const answer = fetch(`${url}${path}`, { method: 'POST', body: '{"model":"m"}', headers, signal: abort.signal })
  return {
    async leave() {
      abort.abort()
      await expect(answer).rejects.toThrow('aborted')
    },
  }
}

/** Writes these bytes and reads until the server closes. */
export async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes.replaceAll('\n', '\r\n'), 'latin1')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

/** Turns the event loop until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await nextTurn()
}
