// Posts a notice as JSON: `NoticeData`, whose `text` is also what the incoming webhooks of Slack, Mattermost and Rocket.Chat show.
import type { ChannelOf } from '../domain/notice-channel.ts'
import type { NoticeData } from '../domain/notice-text.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'
import { postNotice } from './http-channel.ts'

export function deliverToWebhook(
  deps: DeliveryDeps,
  settings: ChannelOf<'webhook'>,
  notice: NoticeData,
): Promise<Delivery> {
  return postNotice(deps, settings, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(notice) })
}
