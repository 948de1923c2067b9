// Hands what is due to each channel, one notice at a time and each channel by itself.
import { entryOf } from '../domain/entities.ts'
import type { Notices } from '../domain/notice.ts'
import { type Channel, quietHoursOf } from '../domain/notice-channel.ts'
import { composeNotice, type NoticeData } from '../domain/notice-text.ts'
import { type Due, dueOn, type Look, type Watch } from '../domain/notice-watch.ts'
import { isQuiet } from '../domain/quiet-hours.ts'
import type { Host } from '../host.ts'
import type { Attempts } from './attempts.ts'
import type { Delivery } from './delivery.ts'
import type { Ledger } from './ledger.ts'

export interface TellerDeps {
  readonly host: Pick<Host, 'now' | 'monotonicMs' | 'log'>
  hostName(): string
  readonly ledger: Ledger
  readonly attempts: Attempts
  /** As it is now. */
  watch(): Watch
  look(): Look
  /** After something was told over a channel. */
  onTold(channel: Channel, dues: readonly Due[]): void
  /** After each attempt. */
  onEnd(): void
  /** What somebody else has told; never rejects. */
  toldElsewhere(): Promise<Notices>
  /** Never rejects. */
  deliver(channel: Channel, notice: NoticeData): Promise<Delivery>
  /** Local minutes after midnight. */
  minuteOfDay(epochMs: number): number
}

export interface Teller {
  /** Begins to tell over a channel what is due there, unless something hinders it. */
  tell(channel: Channel, look: Look): void
  /** Takes over what somebody else has told. */
  takeOver(): Promise<void>
  /** Resolves when what is under way has come to its end. */
  rested(): Promise<void>
}

export function openTeller(deps: TellerDeps): Teller {
  const { host, ledger, attempts } = deps
  const underWay = new Set<Promise<void>>()

  function tell(channel: Channel, look: Look): void {
    const dues = dueOn(deps.watch(), channel, look)
    if (dues.length === 0 || !ledger.hasRoom(dues.length)) return
    if (isQuiet(quietHoursOf(channel), deps.minuteOfDay(look.now))) return
    if (!attempts.mayTry(channel, keysOf(dues), look.monotonicMs)) return
    attempts.begin(channel)
    const telling = attempt(channel).finally(() => {
      underWay.delete(telling)
      deps.onEnd()
    })
    underWay.add(telling)
  }

  /** Where an attempt has failed, somebody else may have told it meanwhile. */
  async function attempt(channel: Channel): Promise<void> {
    if (attempts.of(channel).failures > 0) await takeOver()
    const dues = dueOn(deps.watch(), channel, deps.look())
    if (dues.length === 0) return attempts.cancel(channel)
    const delivery = await deps.deliver(channel, composeNotice(dues, deps.hostName()))
    attempts.end(channel, keysOf(dues), delivery, { monotonicMs: host.monotonicMs(), now: host.now() })
    if (delivery.ok) noteTold(channel, dues)
    else noteFailure(channel, delivery.reason)
  }

  async function takeOver(): Promise<void> {
    const theirs = await deps.toldElsewhere()
    const { matters, told } = deps.look()
    for (const matter of matters) {
      for (const [channel, { firstAt }] of Object.entries(entryOf(theirs, matter.key)?.channels ?? {})) {
        if (!entryOf(entryOf(told, matter.key)?.channels ?? {}, channel)) ledger.noteTold(matter, channel, firstAt)
      }
    }
  }

  function noteTold(channel: Channel, dues: readonly Due[]): void {
    deps.onTold(channel, dues)
    for (const { matter } of dues) ledger.noteTold(matter, channel.name, host.now())
    host.log.info({ channel: channel.name, matters: keysOf(dues) }, 'a notice was sent')
  }

  /** In the log once in a row: the list and the doctor know the rest. */
  function noteFailure(channel: Channel, reason: string): void {
    const { failures, hasGivenUp } = attempts.of(channel)
    if (failures > 1 && !hasGivenUp) return
    const what = hasGivenUp ? 'and is given up until there is something new' : 'and is tried again'
    host.log.warn({ channel: channel.name, reason }, `a notice could not be sent, ${what}`)
  }

  return { tell, takeOver, rested: async () => void (await Promise.all(underWay)) }
}

function keysOf(dues: readonly Due[]): string[] {
  return dues.map(({ matter }) => matter.key)
}
