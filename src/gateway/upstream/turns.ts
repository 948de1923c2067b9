// Tells whether something happened in the present turn of the event loop.

export interface Turns {
  /** The present turn. */
  mark(): number
  isNow(turn: number): boolean
}

export function openTurns(): Turns {
  let turn = 0
  let isAwaited = false
  return {
    mark() {
      if (!isAwaited) {
        isAwaited = true
        // Runs behind everything that this turn's look at the sockets has found.
        setImmediate(() => {
          isAwaited = false
          turn++
        })
      }
      return turn
    },
    isNow: (marked) => marked === turn,
  }
}
