// Work that goes on behind an answer, and the way to wait until none is left.

export interface PendingWork {
  /** Hands the promise on. */
  add<T>(work: Promise<T>): Promise<T>
  /** Resolves when nothing is left, what was added meanwhile included. */
  settled(): Promise<void>
}

export function openPendingWork(): PendingWork {
  const pending = new Set<Promise<unknown>>()
  return {
    add(work) {
      const settled: Promise<unknown> = work.then(
        () => pending.delete(settled),
        () => pending.delete(settled),
      )
      pending.add(settled)
      return work
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}
