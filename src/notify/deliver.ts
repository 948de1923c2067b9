// Hands a notice to a channel, whatever its kind: one table, one outcome.
import type { NoticeData } from '../domain/notice-text.ts'
import type { Channel, ChannelKind, ChannelOf } from '../domain/notice-channel.ts'
import { errnoOf, messageOf } from '../errors.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'
import { deliverToDesktop } from './desktop.ts'
import { deliverToProgram } from './exec.ts'
import { deliverToNtfy } from './ntfy.ts'
import { deliverToWebhook } from './webhook.ts'

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
