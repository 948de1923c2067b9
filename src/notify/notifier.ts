// Tells people of matters while the gateway runs: looks what there is, again and again, and has it told over each channel.
import type { Matter } from '../domain/matter.ts'
import type { Channel } from '../domain/notice-channel.ts'
import { afterTelling, follow, type Look, nothingWatched, type Watch } from '../domain/notice-watch.ts'
import type { Host, Timer } from '../host.ts'
import { type Attempts, openAttempts } from './attempts.ts'
import { openTeller, type TellerDeps } from './teller.ts'

/** A clock that was set and a machine that slept are noticed within this time; quiet hours end that late at most. */
const lookEveryMs = 20_000
/** What happens together is told together. */
const gatherMs = 1_000
/** A clock that went on by so much more than time did: the machine slept. */
const sleptMs = 60_000
const closeMsMax = 2_000

export interface NotifierDeps extends Pick<
  TellerDeps,
  'hostName' | 'ledger' | 'toldElsewhere' | 'deliver' | 'minuteOfDay'
> {
  readonly host: Pick<Host, 'now' | 'monotonicMs' | 'setTimer' | 'log'>
  /** What there is to tell now. */
  matters(): readonly Matter[]
  channels(): readonly Channel[]
  /** A matter is here that was not, and that nobody was told of. */
  onBegan(matter: Matter): void
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

export function openNotifier(deps: NotifierDeps): Notifier {
  const { host, ledger } = deps
  const attempts = openAttempts()
  const timer = openLookTimer(host, lookNow)
  const slept = openSleepWatch(host)
  let watch: Watch = nothingWatched
  const teller = openTeller({
    ...deps,
    attempts,
    watch: () => watch,
    look: lookAround,
    onTold: ({ name }, dues) => (watch = afterTelling(watch, name, dues)),
    onEnd: () => timer.lookIn(gatherMs),
  })

  function lookNow(): void {
    if (slept()) attempts.wake(host.monotonicMs()) // after a sleep the network may be another one
    ledger.write()
    const look = lookAround()
    const followed = follow(watch, look)
    watch = followed.watch
    for (const matter of followed.began) deps.onBegan(matter)
    for (const key of followed.settled) ledger.noteSettled(key)
    const now = { ...look, told: ledger.told() }
    for (const channel of look.channels) teller.tell(channel, now)
    const nowMs = host.monotonicMs()
    timer.lookIn(Math.min(lookEveryMs, attempts.nextAt(nowMs) - nowMs))
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

  return {
    start: () => void teller.takeOver().then(() => timer.lookIn(0)),
    look: () => timer.lookIn(gatherMs),
    view: () => ({ watch, look: lookAround(), attempts }),
    async close() {
      timer.close()
      const enough = new Promise<void>((resolve) => host.setTimer(closeMsMax, resolve))
      await Promise.race([teller.rested().then(() => ledger.written()), enough])
    },
  }
}

interface LookTimer {
  /** At the latest; an earlier look that is planned stays. */
  lookIn(delayMs: number): void
  close(): void
}

function openLookTimer({ monotonicMs, setTimer }: NotifierDeps['host'], look: () => void): LookTimer {
  let timer: Timer | null = null
  let looksAt = Infinity
  let isClosed = false
  return {
    lookIn(delayMs) {
      const at = monotonicMs() + delayMs
      if (isClosed || at >= looksAt) return
      timer?.cancel()
      looksAt = at
      timer = setTimer(delayMs, () => {
        looksAt = Infinity
        look()
      })
    },
    close() {
      isClosed = true
      timer?.cancel()
    },
  }
}

/** Whether the clock went on since the last question by much more than this process did. */
function openSleepWatch({ now, monotonicMs }: NotifierDeps['host']): () => boolean {
  let aheadMs = now() - monotonicMs()
  return () => {
    const before = aheadMs
    aheadMs = now() - monotonicMs()
    return aheadMs - before > sleptMs
  }
}
