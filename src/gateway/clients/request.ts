// A request of a client, however it was read: by Node's parser, or whole from a plain connection.
import type { IncomingMessage } from 'node:http'

export interface ClientRequest {
  readonly method: string
  /** The request target, as it was sent. */
  readonly url: string
  /** Name, value, name, value …, in the client's order and case. */
  readonly rawHeaders: readonly string[]
  /** A body that came together with the head. */
  readonly body: Buffer | null
  /** What a body is read from that did not; null when all of the request is here. */
  readonly upload: IncomingMessage | null
}

/** Node's request as one of ours. */
export function nodeRequest(message: IncomingMessage): ClientRequest {
  const { method = 'GET', url = '', rawHeaders } = message
  return { method, url, rawHeaders, body: null, upload: message }
}
