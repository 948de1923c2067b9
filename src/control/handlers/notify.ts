// Handlers about the notices that people get.
import type { Handlers } from '../handler.ts'

export const notifyHandlers = {
  'notify.list': (_params, { deps }) => deps.notices(),
  'notify.test': ({ channel = null }, { deps }) => deps.testNotices(channel),
} as const satisfies Handlers<'notify.list' | 'notify.test'>
