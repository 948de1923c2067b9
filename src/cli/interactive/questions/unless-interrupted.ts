// Lets Ctrl-C end a wait for something that is no question.
import { Interrupted } from './questions.ts'

/** What `work` comes to; rejects with `Interrupted` as soon as somebody does not want to wait for it any more. */
export async function unlessInterrupted<T>(interrupted: AbortSignal, work: Promise<T>): Promise<T> {
  const waiting = new AbortController()
  const interruption = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Interrupted('interrupted'))
    if (interrupted.aborted) stop()
    else interrupted.addEventListener('abort', stop, { once: true, signal: waiting.signal })
  })
  try {
    return await Promise.race([work, interruption])
  } finally {
    waiting.abort()
  }
}
