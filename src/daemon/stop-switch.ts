// What ends the gateway: signals, a word from a caller, and an error that nobody caught.
import type { Host } from '../host.ts'

export interface StopSwitch {
  /** Resolves with the reason, once. */
  readonly stopped: Promise<string>
  stop(reason: string): void
  isStopping(): boolean
  /** From now on the next signal calls back, once, in place of ending the process. */
  onHurry(hurry: () => void): void
  /** From now on the signals have their default effects again. */
  close(): void
}

/**
 * SIGTERM and SIGINT stop in good order. The next one no longer waits for requests under way, and the one after that ends the process at
 * once, as does an error nobody caught.
 * @param lastWords writes what the log still holds back
 */
export function openStopSwitch(host: Host, lastWords: () => void): StopSwitch {
  const end = (status: number): never => {
    lastWords()
    return host.exit(status)
  }
  let isStopping = false
  let wasHurried = false
  let hurry: (() => void) | null = null
  let resolveStopped: (reason: string) => void = () => undefined
  const stopped = new Promise<string>((resolve) => (resolveStopped = resolve))
  const stop = (reason: string): void => {
    isStopping = true
    resolveStopped(reason)
  }
  const onSignal = (signal: 'SIGTERM' | 'SIGINT', status: number) =>
    host.onSignal(signal, () => {
      if (!isStopping) return stop(signal)
      if (hurry === null || wasHurried) end(status)
      wasHurried = true
      hurry?.()
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
  return {
    stopped,
    stop,
    isStopping: () => isStopping,
    onHurry: (listener) => (hurry = listener),
    close: () => off.forEach((undo) => undo()),
  }
}
