// Reads standard input line by line, one when it is asked for: a terminal in its own line mode, or a pipe.
import type { Input } from '../../streams.ts'
import { Interrupted } from './questions.ts'

/** No answer is longer; what is beyond is the next line. */
const lineCharactersMax = 65_536

export interface Lines {
  /** The next line without its end; null at the end of the input. Rejects with `Interrupted`. */
  next(): Promise<string | null>
  /** Lets the process end. */
  close(): void
}

export function openLines(stdin: Input, interrupted: AbortSignal): Lines {
  let buffered = ''
  let ended = false
  // It may end between two questions.
  stdin.once('end', () => (ended = true))

  function take(): string | null {
    const end = buffered.search(/\r?\n/)
    if (end < 0 && !ended && buffered.length < lineCharactersMax) return null
    const line = end < 0 ? buffered.slice(0, lineCharactersMax) : buffered.slice(0, end)
    buffered = end < 0 ? buffered.slice(lineCharactersMax) : buffered.slice(end).replace(/^\r?\n/, '')
    return line
  }

  return {
    next() {
      if (interrupted.aborted) return Promise.reject(new Interrupted('interrupted'))
      if (ended && buffered === '') return Promise.resolve(null)
      const ready = take()
      if (ready !== null) return Promise.resolve(ready)
      stdin.setEncoding('utf8')
      return new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          stdin.off('data', onData)
          stdin.off('end', onEnd)
          interrupted.removeEventListener('abort', onAbort)
          stdin.pause()
          settle()
        }
        const onData = (data: string | Buffer): void => {
          buffered += String(data)
          const line = take()
          if (line !== null) finish(() => resolve(line))
        }
        const onEnd = (): void => finish(() => resolve(buffered === '' ? null : take()))
        const onAbort = (): void => finish(() => reject(new Interrupted('interrupted')))
        stdin.on('data', onData)
        stdin.on('end', onEnd)
        interrupted.addEventListener('abort', onAbort)
        stdin.resume()
      })
    },
    close: () => void stdin.pause(),
  }
}
