// What ends the gateway: signals, a word from a caller, and an error that nobody caught.
import type { Host } from '../host.ts'

export interface StopSwitch {
  /** Resolves with the reason, once. */
  readonly stopped: Promise<string>
  stop(reason: string): void
  /** From now on the signals have their default effects again. */
  close(): void
}

/**
 * SIGTERM and SIGINT stop in good order; a second one ends the process at once, as does an error nobody caught.
 * @param lastWords writes what the log still holds back
 */
export function openStopSwitch(host: Host, lastWords: () => void): StopSwitch {
  const end = (status: number): never => {
    lastWords()
    return host.exit(status)
  }
  let asked = false
  let resolveStopped: (reason: string) => void = () => undefined
  const stopped = new Promise<string>((resolve) => (resolveStopped = resolve))
  const onSignal = (signal: 'SIGTERM' | 'SIGINT', status: number) =>
    host.onSignal(signal, () => {
      if (asked) end(status)
      asked = true
      resolveStopped(signal)
    })
  // Without a listener Node opens its debugger, through which every user of the machine could read the keys.
  const noDebugger = host.onSignal('SIGUSR1', () => host.log.info({}, 'SIGUSR1 means nothing here'))
  const off = [onSignal('SIGTERM', 143), onSignal('SIGINT', 130), noDebugger]
  host.onFatal((error) => {
    host.log.error(
      { error: error instanceof Error ? error.stack : String(error) },
      'an unexpected error; the gateway ends',
    )
    end(70)
  })
  return { stopped, stop: (reason) => resolveStopped(reason), close: () => off.forEach((stop) => stop()) }
}
