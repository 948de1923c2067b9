// SIGHUP: a terminal that closed, where the gateway runs in one; everywhere else somebody says "read your settings again".
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { StateReport } from '../service/process/state-report.ts'

export interface Hangup {
  /** From now on there is something to read again; one that was asked for during the start is made up for. */
  follow(reload: () => Promise<object>): void
  /** From now on nothing is read again: the gateway stops. */
  endFollowing(): void
  close(): void
}

export interface HangupDeps {
  readonly host: Pick<Host, 'log' | 'onSignal'>
  readonly report: Pick<StateReport, 'reloading'>
  /** Ends the gateway; null where no terminal can close. */
  readonly stop: ((reason: string) => void) | null
}

/** The signal never ends the process by itself from here on. Reloads that are asked for while one runs become one more. */
export function openHangup({ host, report, stop }: HangupDeps): Hangup {
  let reload: (() => Promise<object>) | null = null
  let isOver = false
  let isWanted = false
  let isReloading = false

  async function reloadNow(read: () => Promise<object>): Promise<void> {
    isWanted = false
    isReloading = true
    const done = report.reloading()
    try {
      const outcome = await read()
      host.log.info({ ...outcome }, 'reloaded')
    } catch (error) {
      // One that the stop has cut short is nobody's trouble.
      if (!isOver) host.log.error({ error: messageOf(error) }, 'reload failed; what was in use stays in use')
    }
    done()
    isReloading = false
    next()
  }

  function next(): void {
    if (isWanted && !isReloading && !isOver && reload !== null) void reloadNow(reload)
  }

  const off = host.onSignal('SIGHUP', () => {
    if (stop !== null) return stop('SIGHUP')
    if (isOver) return host.log.info({}, 'SIGHUP while the gateway stops: nothing is read again')
    isWanted = true
    next()
  })
  return {
    follow(read) {
      reload = read
      next()
    },
    endFollowing() {
      isOver = true
    },
    close: off,
  }
}
