// Tells people of matters while the gateway runs: looks what there is, hands it to each channel by itself, and tries again where that failed.
import type { Matter } from '../domain/matter.ts'
import type { Channel } from '../domain/notice-channel.ts'
import { composeNotice, type NoticeData } from '../domain/notice-text.ts'
import { afterTelling, dueOn, type Due, follow, type Look, nothingWatched, type Watch } from '../domain/notice-watch.ts'
import { isQuiet, parseQuietHours } from '../domain/quiet-hours.ts'
import type { Host, Timer } from '../host.ts'
import { type Attempts, openAttempts } from './attempts.ts'
import type { Delivery } from './deliver.ts'
import type { Ledger } from './ledger.ts'

/** A clock that was set and a machine that slept are noticed within this time; quiet hours end that late at most. */
const lookEveryMs = 20_000
/** What happens together is told together. */
const gatherMs = 1_000

export interface NotifierDeps {
  readonly host: Pick<Host, 'now' | 'monotonicMs' | 'setTimer' | 'log'>
  hostName(): string
  /** What there is to tell now. */
  matters(): readonly Matter[]
  channels(): readonly Channel[]
  readonly ledger: Ledger
  /** Never rejects. */
  deliver(channel: Channel, notice: NoticeData): Promise<Delivery>
  /** Local minutes after midnight. */
  minuteOfDay(epochMs: number): number
}

export interface Notifier {
  /** Begins to look. */
  start(): void
  /** Something may have changed; the look comes a moment later. */
  look(): void
  /** What is known now, for the list. */
  view(): NotifierView
  /** Waits a moment for what is on its way: who was told should not be told again. */
  close(): Promise<void>
}

export interface NotifierView {
  readonly watch: Watch
  readonly look: Look
  readonly attempts: Attempts
}

/** A clock that went on by so much more than time did: the machine slept. */
const sleptMs = 60_000

const closeMsMax = 2_000

export function openNotifier(deps: NotifierDeps): Notifier {
  const { host, ledger } = deps
  const attempts = openAttempts()
  const underWay = new Set<Promise<void>>()
  let watch: Watch = nothingWatched
  let timer: Timer | null = null
  let looksAt = Infinity
  let isClosed = false
  let clockAheadMs = host.now() - host.monotonicMs()

  function lookIn(delayMs: number): void {
    const at = host.monotonicMs() + delayMs
    if (isClosed || at >= looksAt) return
    timer?.cancel()
    looksAt = at
    timer = host.setTimer(delayMs, lookNow)
  }

  function lookNow(): void {
    looksAt = Infinity
    noticeSleep()
    ledger.write()
    const look = lookAround()
    const followed = follow(watch, look)
    watch = followed.watch
    for (const key of followed.settled) ledger.noteSettled(key)
    const now = { ...look, told: ledger.told() }
    for (const channel of look.channels) tellOver(channel, now)
    lookIn(Math.min(lookEveryMs, Math.max(0, attempts.nextAt() - host.monotonicMs())))
  }

  function lookAround(): Look {
    return {
      matters: deps.matters(),
      channels: deps.channels(),
      told: ledger.told(),
      now: host.now(),
      monotonicMs: host.monotonicMs(),
    }
  }

  /** After a sleep the network may be another one. */
  function noticeSleep(): void {
    const aheadMs = host.now() - host.monotonicMs()
    if (aheadMs - clockAheadMs > sleptMs) attempts.wake(host.monotonicMs())
    clockAheadMs = aheadMs
  }

  function tellOver(channel: Channel, look: Look): void {
    const dues = dueOn(watch, channel, look)
    const keys = dues.map(({ matter }) => matter.key)
    if (dues.length === 0 || !ledger.hasRoom(dues.length) || isQuietNow(channel, look.now)) return
    if (!attempts.mayTry(channel, keys, look.monotonicMs)) return
    attempts.begin(channel)
    const telling = deps.deliver(channel, composeNotice(dues, deps.hostName())).then((delivery) => {
      attempts.end(channel, keys, delivery, { monotonicMs: host.monotonicMs(), now: host.now() })
      if (delivery.ok) noteTold(channel, dues)
      else noteFailure(channel, delivery.reason)
      underWay.delete(telling)
      lookIn(gatherMs)
    })
    underWay.add(telling)
  }

  function isQuietNow({ settings }: Channel, now: number): boolean {
    const hours = parseQuietHours(settings.quietHours ?? '')
    return hours !== null && isQuiet(hours, deps.minuteOfDay(now))
  }

  function noteTold({ name }: Channel, dues: readonly Due[]): void {
    watch = afterTelling(watch, name, dues)
    for (const { matter } of dues) ledger.noteTold(matter, name, host.now())
    host.log.info({ channel: name, matters: dues.map(({ matter }) => matter.key) }, 'a notice was sent')
  }

  /** In the log once in a row: the list and the doctor know the rest. */
  function noteFailure(channel: Channel, reason: string): void {
    const { failures, hasGivenUp } = attempts.of(channel)
    if (failures > 1 && !hasGivenUp) return
    const what = hasGivenUp ? 'and is given up until there is something new' : 'and is tried again'
    host.log.warn({ channel: channel.name, reason }, `a notice could not be sent, ${what}`)
  }

  return {
    start: () => lookIn(0),
    look: () => lookIn(gatherMs),
    view: () => ({ watch, look: lookAround(), attempts }),
    async close() {
      isClosed = true
      timer?.cancel()
      await Promise.race([
        Promise.all(underWay).then(() => ledger.written()),
        new Promise<void>((resolve) => host.setTimer(closeMsMax, resolve)),
      ])
    },
  }
}
