// A terminal that hands over every key as it is pressed: taken, given back, and left for a while with Ctrl-Z.
import type { Host } from '../../../host.ts'
import { leavePastes, markPastes } from '../../key-presses.ts'
import type { Input, Output } from '../../streams.ts'

export interface RawTerminalOptions {
  readonly host: Pick<Host, 'spawn' | 'onSignal' | 'pid' | 'setTimer'>
  readonly stdin: Input
  readonly terminal: Output
  /** It may show anything now, and its cursor be anywhere. */
  readonly onResume: () => void
}

/** For a signal to arrive. */
const goOnMs = 100

export interface RawTerminal {
  /** Stops this process as Ctrl-Z does, which a terminal in raw mode leaves to the program. */
  suspend(): void
  /** As it was before. */
  close(): void
}

export function openRawTerminal({ host, stdin, terminal, onResume }: RawTerminalOptions): RawTerminal {
  let isSuspended = false
  let isClosed = false

  function take(): void {
    stdin.setRawMode?.(true)
    terminal.write(markPastes)
    stdin.resume()
  }

  function giveBack(): void {
    terminal.write(leavePastes)
    stdin.setRawMode?.(false)
  }

  function resume(): void {
    isSuspended = false
    if (isClosed) return
    take()
    onResume()
  }

  /** Whoever stopped it: the shell has used the terminal meanwhile. */
  const stopListening = host.onSignal('SIGCONT', resume)
  take()

  return {
    suspend() {
      if (isSuspended) return
      isSuspended = true
      giveBack()
      // Where no shell could wake it up again, the signal does nothing, and this goes on. Else SIGCONT comes before the timer.
      const awake = (): void => (isSuspended ? resume() : undefined)
      const goOn = (): void => void host.setTimer(goOnMs, awake)
      const options = { stdio: 'ignore' } as const
      host
        .spawn('kill', ['-s', 'TSTP', String(host.pid)], options)
        .on('error', goOn)
        .on('exit', goOn)
    },
    close() {
      isClosed = true
      stopListening()
      giveBack()
      stdin.pause() // else it keeps the process alive
    },
  }
}
