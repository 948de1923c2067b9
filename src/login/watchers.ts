// Callers who want to hear of each change.
import { TraseError } from '../errors.ts'

export interface Watchers<T> {
  /** Returns the way to stop. @throws TraseError `busy` */
  add(listener: (value: T) => void): () => void
  tell(value: T): void
}

const listenersMax = 16

export function openWatchers<T>(): Watchers<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    add(listener) {
      if (listeners.size >= listenersMax) throw new TraseError('busy', `${listenersMax} callers follow it already`)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(value) {
      for (const listener of listeners) listener(value)
    },
  }
}
