// Tells systemd how the gateway is: that it starts and is ready, what it does, that it lives, and when it needs longer. sd_notify(3).
import { messageOf } from '../../errors.ts'
import type { Host, Timer } from '../../host.ts'
import { type NotifySocket, openNotifySocket } from './notify-socket.ts'
import type { Supervision } from './supervision.ts'

export interface StateReport {
  /** False where no service manager listens. */
  readonly isAsked: boolean
  /** Everything is open. */
  ready(): void
  /** One line for people; the last of those that come within a second counts. */
  status(text: string): void
  /** Settings are being read again; returns what to call when that has ended, however. */
  reloading(): () => void
  /** @param until when the stop should have ended at last (epoch milliseconds), which may change */
  stopping(until: () => number): void
  close(): void
}

/** Nobody asks. */
const silent: StateReport = {
  isAsked: false,
  ready() {},
  status() {},
  reloading: () => () => {},
  stopping() {},
  close() {},
}

const statusEveryMs = 1_000
/** A start or stop that takes longer than the unit allows asks for more, as long as the main loop turns. */
const extendEveryMs = 5_000
const extendByMs = 20_000
/** A start that takes longer than this is taken for one that hangs. */
const startMsMax = 1_800_000
/** What may follow after a stop should have ended. */
const afterStopMsMax = 60_000

/** Does nothing where no service manager asks. */
export function openStateReport(host: Host, { notifySocket, watchdogMs }: Supervision): StateReport {
  const socket = notifySocket === null ? null : tryOpen(host, notifySocket)
  if (socket === null) return silent
  const startedMs = host.monotonicMs()
  let phase: 'starting' | 'ready' | 'stopping' = 'starting'
  let until = (): number => 0
  let reloads = 0

  const mayExtend = (): boolean => {
    if (phase === 'starting') return host.monotonicMs() - startedMs < startMsMax
    return phase === 'stopping' && host.now() < until() + afterStopMsMax
  }
  const extend = (): void => {
    if (mayExtend()) socket.send(`EXTEND_TIMEOUT_USEC=${extendByMs * 1_000}`)
  }
  const extending = repeat(host, extendEveryMs, extend)
  // A third, so that one that comes late is no reason to be killed.
  const watchdog = watchdogMs === null ? null : repeat(host, watchdogMs / 3, () => socket.send('WATCHDOG=1'))
  const status = openStatus(host, socket)

  return {
    isAsked: true,
    ready() {
      phase = 'ready'
      socket.send('READY=1', ...status.take())
    },
    status: status.set,
    reloading() {
      if (phase !== 'ready') return () => {}
      reloads++
      socket.send('RELOADING=1', `MONOTONIC_USEC=${socket.monotonicUs()}`)
      return () => {
        reloads--
        if (phase === 'ready' && reloads === 0) socket.send('READY=1')
      }
    },
    stopping(deadline) {
      phase = 'stopping'
      until = deadline
      socket.send('STOPPING=1', ...status.take())
      extend()
    },
    close() {
      extending.cancel()
      watchdog?.cancel()
      status.close()
      socket.close()
    },
  }
}

function tryOpen(host: Host, path: string): NotifySocket | null {
  try {
    return openNotifySocket(host, path)
  } catch (error) {
    host.log.warn({ error: messageOf(error) }, 'the service manager cannot be told how the gateway is')
    return null
  }
}

function repeat({ setTimer }: Host, everyMs: number, work: () => void): Timer {
  const again = (): void => {
    timer = setTimer(everyMs, again)
    work()
  }
  let timer = setTimer(everyMs, again)
  return { cancel: () => timer.cancel() }
}

interface Status {
  set(text: string): void
  /** The line that is due, as one of a message; it counts as told. */
  take(): readonly string[]
  close(): void
}

/** Says what changed, at most once in a second. */
function openStatus(host: Host, socket: NotifySocket): Status {
  let wanted = ''
  let told = ''
  let timer: Timer | null = null

  function take(): readonly string[] {
    if (wanted === told) return []
    told = wanted
    return [`STATUS=${wanted}`]
  }

  function tell(): void {
    timer = null
    const lines = take()
    if (lines.length === 0) return
    socket.send(...lines)
    timer = host.setTimer(statusEveryMs, tell)
  }

  return {
    set(text) {
      wanted = text
      if (timer === null) tell()
    },
    take,
    close: () => timer?.cancel(),
  }
}
