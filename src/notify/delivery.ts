// What the channels need to deliver a notice, and how that ends.
import type { Host } from '../host.ts'

export interface HttpPost {
  /** With its name and password, if it has any; nothing of it may be shown but the host. */
  readonly url: string
  /** Latin-1 values. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type HttpAnswer =
  | {
      readonly status: number
      /** What `Retry-After` asks for, in milliseconds; null without one. */
      readonly retryAfterMs: number | null
      /** Lower case, empty without one. */
      readonly contentType: string
    }
  /** No answer, and why, in words without any address. */
  | { readonly failure: string }

export interface DeliveryDeps {
  readonly host: Pick<Host, 'env' | 'paths' | 'platform' | 'execPath' | 'setTimer' | 'spawn' | 'killGroup'>
  /** Never rejects. Has time limits of its own. */
  post(request: HttpPost): Promise<HttpAnswer>
}

export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** In words, without an address, a path of a topic or a token. */
      readonly reason: string
      /** Trying again soon is of no use: somebody has to mend something. */
      readonly isLasting?: boolean
      readonly retryAfterMs?: number | null
    }
