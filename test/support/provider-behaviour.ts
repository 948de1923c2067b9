// What the local provider server sees of a request, and the shape of a way to answer it.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

export type ProviderDialect = 'anthropic' | 'openai' | 'google'

export interface ReceivedRequest {
  readonly dialect: ProviderDialect
  /** The key that came, in whichever header; empty when none did. */
  readonly key: string
  readonly method: string
  /** Path and query as they came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** Whether the client wants server-sent events. */
  readonly wantsStream: boolean
}

/** How one request is answered; see provider-answers.ts for the usual ways. */
export type Behaviour = (request: ReceivedRequest, response: ServerResponse) => void
