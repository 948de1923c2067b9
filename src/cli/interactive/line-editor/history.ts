// What was typed before, to be had again with the arrow keys: in memory alone. Pure but for its own list.

export interface History {
  /** Adds what was sent; the same twice in a row is kept once. */
  add(text: string): void
  /**
   * The entry before or after the one that is shown, null when there is none.
   * @param typed what stands at the prompt: it is kept for the way back
   */
  go(direction: -1 | 1, typed: string): string | null
  /** A new prompt begins at the newest. */
  leave(): void
}

const entriesMax = 500
/** Longer ones are not worth their memory. */
const entryCharactersMax = 65_536

export function openHistory(): History {
  const entries: string[] = []
  /** What stands at each place now; one that was changed there keeps its change until the prompt is left. */
  let shown: string[] = []
  let place = 0

  return {
    add(text) {
      if (text.trim() === '' || text.length > entryCharactersMax || entries.at(-1) === text) return
      entries.push(text)
      if (entries.length > entriesMax) entries.shift()
    },
    go(direction, typed) {
      if (shown.length === 0) {
        shown = [...entries, typed]
        place = entries.length
      }
      shown[place] = typed
      const wanted = shown[place + direction]
      if (wanted === undefined) return null
      place += direction
      return wanted
    },
    leave: () => void (shown = []),
  }
}
