// One piece of work after the other for the same id, side by side for different ones.

/** The work begins when all that was asked for the same id before has ended, whether well or not. */
export function openTurns<Id>(): <T>(id: Id, work: () => Promise<T>) => Promise<T> {
  const last = new Map<Id, Promise<unknown>>()
  return (id, work) => {
    const turn = (last.get(id) ?? Promise.resolve()).then(work)
    const settled = turn
      .catch(() => undefined) // heard by whoever asked for it
      .finally(() => {
        if (last.get(id) === settled) last.delete(id)
      })
    last.set(id, settled)
    return turn
  }
}
