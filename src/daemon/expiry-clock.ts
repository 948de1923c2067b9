// Tells of each credential that it is about to expire and that it has, once each, when the moment comes or as soon as it is noticed to have come.
import { type Credential, entryOf } from '../domain/entities.ts'
import type { Actor, RecordedEvent } from '../domain/events.ts'
import { nextAnnouncementAt } from '../domain/expiry-announcement.ts'
import { messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import type { CommandBus } from './command-bus.ts'

/** Timers stand still while the machine sleeps, and know nothing of a clock that was set: so the clock is looked at this often. */
const lookEveryMs = 5_000
/** Announced at once; more of them wait for the disk, and other work gets its turn in between. */
const togetherMax = 32
const actor: Actor = { kind: 'timer' }

export interface ExpiryClockDeps {
  readonly host: Pick<Host, 'now' | 'setTimer' | 'log'>
  readonly bus: Pick<CommandBus, 'state' | 'execute' | 'onAppended'>
  /** `auth.expiryWarning` as it is now, in milliseconds; a change is noticed within `lookEveryMs`. */
  expiryWarningMs(): number
}

/**
 * What was announced is in the log, so nothing is told twice, whatever clock and process do meanwhile; what the disk
 * refuses is tried again at the next look. The first look comes with the first timer, not before this returns.
 */
export function openExpiryClock({ host, bus, expiryWarningMs }: ExpiryClockDeps): { close(): void } {
  let timer: Timer | null = null
  let looksAt = 0
  let isLooking = false
  let isClosed = false
  /** Of those that are due now: told once in a row. */
  let hasFailed = false

  function lookAt(moment: number): void {
    if (isClosed) return
    timer?.cancel()
    const delayMs = Math.min(Math.max(moment - host.now(), 0), lookEveryMs)
    looksAt = host.now() + delayMs
    timer = host.setTimer(delayMs, () => void look())
  }

  async function look(): Promise<void> {
    const now = host.now()
    isLooking = true
    const due = Object.values(bus.state().credentials).filter((each) => (momentOf(each) ?? Infinity) <= now)
    for (let from = 0; from < due.length && !isClosed; from += togetherMax) {
      await Promise.all(due.slice(from, from + togetherMax).map(announce))
    }
    isLooking = false
    // What is still due could not be written: it waits for the next look as everything else does.
    const moments = Object.values(bus.state().credentials).map((each) => momentOf(each) ?? Infinity)
    lookAt(Math.min(...moments.filter((moment) => moment > now)))
  }

  function momentOf(credential: Credential): number | null {
    return nextAnnouncementAt(credential, expiryWarningMs())
  }

  async function announce({ profileId }: Credential): Promise<void> {
    try {
      await bus.execute({ type: 'AnnounceExpiry', profileId, warningMs: expiryWarningMs() }, actor)
      hasFailed = false
    } catch (error) {
      if (hasFailed) return
      hasFailed = true
      host.log.warn({ profileId, error: messageOf(error) }, 'an expiry date could not be announced; trying again')
    }
  }

  /** A new date may come before everything that is waited for. */
  function hear(events: readonly RecordedEvent[]): void {
    if (isLooking) return // it ends with a look at all of them
    for (const { type, data } of events) {
      if (type !== 'CredentialAdded' && type !== 'CredentialRotated' && type !== 'CredentialRefreshed') continue
      const credential = entryOf(bus.state().credentials, data.profileId)
      const moment = credential ? momentOf(credential) : null
      if (moment !== null && moment < looksAt) lookAt(moment)
    }
  }

  lookAt(host.now())
  const stopListening = bus.onAppended(hear)
  return {
    close() {
      isClosed = true
      stopListening()
      timer?.cancel()
    },
  }
}
