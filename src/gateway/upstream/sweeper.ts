// The time-outs of all connections of an upstream: one timer looks at their deadlines, so that a request sets none.

/** How late a time-out may be; with short limits a fraction of the shortest. */
const tickMsMax = 500
const ticksInShortest = 4

export interface Watch {
  /** In the sweeper's own milliseconds; Infinity for none. */
  deadlineMs: number
  /** Called once the deadline is over, and again at each look until it is moved. */
  readonly onDeadline: () => void
}

export interface Sweeper {
  /** The deadline for something that may last so long from now: late by a tick at most, never early. */
  deadlineIn(ms: number): number
  add(watch: Watch): void
  delete(watch: Watch): void
}

/** @param shortestMs the shortest limit of the present settings */
export function openSweeper(shortestMs: () => number): Sweeper {
  const watches = new Set<Watch>()
  let nowMs = 0
  let tickMs = tickMsMax
  let isRunning = false

  // Like the time-outs of sockets these run on the system's timers, and not on the clock of Host.
  function arm(): void {
    isRunning = watches.size > 0
    if (!isRunning) return
    tickMs = Math.max(1, Math.min(tickMsMax, Math.floor(shortestMs() / ticksInShortest)))
    setTimeout(tick, tickMs).unref()
  }

  function tick(): void {
    nowMs += tickMs
    for (const watch of watches) if (watch.deadlineMs <= nowMs) watch.onDeadline()
    arm()
  }

  return {
    deadlineIn: (ms) => nowMs + tickMs + ms,
    add(watch) {
      watches.add(watch)
      if (!isRunning) arm()
    },
    delete: (watch) => void watches.delete(watch),
  }
}
