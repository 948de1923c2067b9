// Hands a notice to a channel, whatever its kind: one table, one outcome.
import type { NoticeData } from '../domain/notice-text.ts'
import type { Channel, ChannelKind, ChannelOf } from '../domain/notice-channel.ts'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { deliverToDesktop } from './desktop.ts'
import { deliverToProgram } from './exec.ts'
import { deliverToNtfy } from './ntfy.ts'
import { deliverToWebhook } from './webhook.ts'

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

type Deliver<K extends ChannelKind> = (
  deps: DeliveryDeps,
  settings: ChannelOf<K>,
  notice: NoticeData,
) => Promise<Delivery>

const deliveries: { readonly [K in ChannelKind]: Deliver<K> } = {
  ntfy: deliverToNtfy,
  webhook: deliverToWebhook,
  exec: deliverToProgram,
  desktop: deliverToDesktop,
}

/** One attempt. Never rejects: a defect of a channel must not keep the others from being told. */
export async function deliver(deps: DeliveryDeps, { settings }: Channel, notice: NoticeData): Promise<Delivery> {
  const run = deliveries[settings.kind] as Deliver<ChannelKind> // the entry of this very kind
  try {
    return await run(deps, settings, notice)
  } catch (error) {
    return { ok: false, reason: errnoOf(error) ?? messageOf(error) }
  }
}
