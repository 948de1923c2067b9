// Tells people what they should know of: puts the matters of the gateway, its log and the channels of the configuration together.
import type { RecordedEvent } from '../domain/events.ts'
import { type Channel, namedChannels } from '../domain/notice-channel.ts'
import { testNotice } from '../domain/notice-text.ts'
import type { Host } from '../host.ts'
import { deliver } from '../notify/deliver.ts'
import type { Delivery, DeliveryDeps } from '../notify/delivery.ts'
import { openLedger } from '../notify/ledger.ts'
import { type NotifierView, openNotifier } from '../notify/notifier.ts'
import type { Core } from './core.ts'
import { currentMatters } from './matters.ts'
import { readMonitorFile } from './monitor-file.ts'
import { postNotice } from './notice-post.ts'
import { logMatter } from './warning-lines.ts'

export interface Telling {
  /** Begins to tell. */
  start(): void
  /** What there is to tell, what was told, and how the channels are. */
  view(): NotifierView
  /** Sends a test over one channel, at once and whatever its quiet hours. Never rejects. */
  test(channel: Channel): Promise<Delivery>
  /** Waits a moment for what is on its way. */
  close(): Promise<void>
}

const actor = { kind: 'timer' } as const

export function openTelling(host: Host, core: Core): Telling {
  const { bus, configuration, conditions } = core
  const deps = deliveryDeps(host, () => configuration.current().value.gateway.upstream)
  const ledger = openLedger({
    log: host.log,
    told: () => bus.state().notices,
    record: (matter, channel) => bus.execute({ type: 'RecordNotice', matter, channels: [channel] }, actor),
    settle: (key) => bus.execute({ type: 'SettleNotice', key }, actor),
  })
  const notifier = openNotifier({
    host,
    hostName: () => host.hostName(),
    matters: () => currentMatters(host, core),
    channels: () => namedChannels(configuration.current().value.notify),
    onBegan: (matter) => logMatter(host, matter),
    ledger,
    toldElsewhere: () => readMonitorFile(host),
    deliver: (channel, notice) => deliver(deps, channel, notice),
    minuteOfDay,
  })
  const stops = [
    bus.onAppended((events) => {
      if (events.some(isNews)) notifier.look()
    }),
    conditions.onChange(() => notifier.look()),
    bus.trouble.onChange(() => notifier.look()),
  ]
  return {
    start: () => notifier.start(),
    view: () => notifier.view(),
    test: (channel) => deliver(deps, channel, testNotice(host.hostName())),
    async close() {
      for (const stop of stops) stop()
      await notifier.close()
    },
  }
}

/** How notices leave this machine: from a gateway, or from a command without one. */
export function deliveryDeps(host: Host, settings: Parameters<typeof postNotice>[0]['settings']): DeliveryDeps {
  return { host, post: (request) => postNotice({ host, settings }, request) }
}

/** Local minutes after midnight. */
export function minuteOfDay(epochMs: number): number {
  const date = new Date(epochMs)
  return date.getHours() * 60 + date.getMinutes()
}

/** What changes little about the matters, or often: the next look finds it. */
const noNews: ReadonlySet<RecordedEvent['type']> = new Set(['CredentialRevealed', 'CredentialRateLimited'])

/** What may begin or end a matter at once; pins and clients do not, nor what the telling itself writes. */
function isNews({ type }: RecordedEvent): boolean {
  return type.startsWith('Credential') && !noNews.has(type)
}
