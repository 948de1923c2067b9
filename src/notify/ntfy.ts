// Publishes a notice to a topic of ntfy, https://docs.ntfy.sh/publish/: a POST with the text as its body, all else in headers.
import type { ChannelOf } from '../domain/notice-channel.ts'
import type { NoticeData } from '../domain/notice-text.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'
import { postNotice } from './http-channel.ts'

/** 3 is the default, 4 makes a longer sound. */
const priorities = { warning: '3', error: '4' } as const
/** Short codes that ntfy shows as signs: ⚠️ and 🚨. */
const signs = { warning: 'warning', error: 'rotating_light' } as const
const tagsMax = 6

export function deliverToNtfy(
  deps: DeliveryDeps,
  settings: ChannelOf<'ntfy'>,
  { severity, title, text, matters }: NoticeData,
): Promise<Delivery> {
  const kinds = [...new Set(matters.map(({ kind }) => kind))]
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    title: asHeader(title),
    priority: priorities[severity],
    tags: [signs[severity], ...kinds].slice(0, tagsMax).join(','),
    ...(settings.click === undefined ? {} : { click: asHeader(settings.click) }),
  }
  return postNotice(deps, settings, { headers, body: text })
}

/** ntfy reads other characters as RFC 2047 says. */
function asHeader(text: string): string {
  return /^[ -~]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`
}
