// The programs that the gateway has started and that still run: a stop waits for none of them, and leaves none behind.
import type { Host } from '../host.ts'

export interface OwnPrograms {
  /** In place of the host's. Of those that are detached it is known that they run. */
  readonly spawn: Host['spawn']
  /** Ends them, with what they have started; whoever waits for one gets to see that. What is started from now on ends at once. */
  endAll(): void
}

export function openOwnPrograms({ spawn, killGroup }: Pick<Host, 'spawn' | 'killGroup'>): OwnPrograms {
  const running = new Set<number>()
  let isEnding = false

  function end(pid: number): void {
    running.delete(pid)
    killGroup(pid)
  }

  return {
    spawn(command, args, options) {
      const child = spawn(command, args, options)
      const { pid } = child
      if (options.detached !== true || pid === undefined) return child
      running.add(pid)
      child.once('exit', () => running.delete(pid))
      if (isEnding) end(pid)
      return child
    },
    endAll() {
      isEnding = true
      for (const pid of running) end(pid)
    },
  }
}
