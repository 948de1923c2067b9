// Matters that are not in the state: whoever finds something wrong raises it here, and clears it when it is well again.
import { type Matter, type MatterKind, matterTable } from '../domain/matter.ts'
import type { Host } from '../host.ts'

/** What is wrong, as far as the kind does not say it. */
export interface Condition
  extends Pick<Matter, 'message' | 'hint'>, Partial<Pick<Matter, 'profileId' | 'provider' | 'until'>> {
  readonly kind: MatterKind
  /** Stays the same for as long as it lasts; without one it is the kind, of which there is one at a time then. */
  readonly key?: string
  /** A few words. */
  readonly title: string
}

export interface Conditions {
  /** Again for the same key it changes the words, and not since when it is so. */
  raise(condition: Condition): void
  /** It is well again; nothing for a key that nobody raised. */
  clear(key: string): void
  current(): readonly Matter[]
  /** Calls back after each change; returns the way to stop. */
  onChange(listener: () => void): () => void
}

/** A further one is not taken: whoever raises so many has lost count. */
const conditionsMax = 200

export function openConditions(host: Pick<Host, 'now' | 'log'>): Conditions {
  const raised = new Map<string, Matter>()
  const listeners = new Set<() => void>()
  const changed = (): void => listeners.forEach((listener) => listener())

  return {
    raise({ key: given, until = null, ...words }) {
      const key = given ?? words.kind
      const before = raised.get(key)
      if (!before && raised.size >= conditionsMax) return
      raised.set(key, { ...words, key, until, since: before?.since ?? host.now() })
      if (before) return
      host.log[logLevels[matterTable[words.kind].severity]]({ matter: key, hint: words.hint }, words.message)
      changed()
    },
    clear(key) {
      if (raised.delete(key)) changed()
    },
    current: () => [...raised.values()],
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const logLevels = { warning: 'warn', error: 'error' } as const
