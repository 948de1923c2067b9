// Lets a few programs run side by side, and a limited number of callers wait for one of their places.
import { TraseError } from '../errors.ts'

export interface ProgramSlots {
  /** Runs the work when a place is free. @throws TraseError `busy` when too many wait already, and what the work throws */
  run<T>(work: () => Promise<T>): Promise<T>
}

export function openProgramSlots(atOnceMax: number, waitingMax: number): ProgramSlots {
  const waiting: (() => void)[] = []
  let running = 0

  async function turn(): Promise<void> {
    if (waiting.length >= waitingMax) {
      throw new TraseError('busy', `${atOnceMax} programs of references run, and ${waitingMax} more wait`)
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  /** The place goes on to the one who has waited longest. */
  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  return {
    async run(work) {
      if (running < atOnceMax) running += 1
      else await turn()
      return work().finally(leave)
    },
  }
}
