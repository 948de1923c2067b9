// The requests that wait for a connection to one origin, in their order, and the connections that are being made because of them.
import type { Call } from './call.ts'
import type { Dialling, Link } from './dial.ts'
import { UpstreamError } from './failures.ts'
import type { Sweeper, Watch } from './sweeper.ts'

/** Requests that wait, and for how long when no connection may be made. */
const waitingMax = 8_192
const waitMsMax = 30_000

export interface WaitingDeps {
  readonly sweeper: Sweeper
  connectMs(): number
  dial(): Dialling
  /** Whether one more connection may be made beside those that are open and so many that are being made. */
  hasRoom(beingMade: number): boolean
  /** A connection was made. */
  onLink(link: Link): void
  /** No connection could be made, whoever it was for. */
  onFailed(): void
}

export interface WaitingRoom {
  wait(call: Call): void
  /** Whoever has waited longest, who then waits no more. */
  next(): Call | undefined
  leave(call: Call): void
  /** There may be room again: those who wait without a connection being made for them get one, in their order. */
  refill(): void
  /** Nobody waits, and nothing is being made. */
  isEmpty(): boolean
  /** Everybody fails for this reason. */
  cut(reason: Error): void
}

interface Waiting extends Watch {
  readonly call: Call
  /** The connection that is being made because of it. */
  dialling: Dialling | null
}

export function openWaitingRoom(deps: WaitingDeps): WaitingRoom {
  const { sweeper } = deps
  const waiting = new Map<Call, Waiting>()
  const diallings = new Set<Dialling>()

  function leave(call: Call): void {
    const entry = waiting.get(call)
    waiting.delete(call)
    // A connection that is being made goes on, with its time limit: the next request may want it.
    if (entry?.dialling === null) sweeper.delete(entry)
  }

  function refuse(call: Call, reason: Error): void {
    if (!waiting.has(call)) return
    leave(call)
    call.refuse(reason)
  }

  function onDeadline({ call, dialling }: Waiting): void {
    if (dialling === null) {
      return refuse(call, new UpstreamError('UPSTREAM_QUEUE_TIMEOUT', `no connection was free within ${waitMsMax} ms`))
    }
    dialling.cancel(new UpstreamError('UPSTREAM_CONNECT_TIMEOUT', `no connection within ${deps.connectMs()} ms`))
  }

  async function connectFor(entry: Waiting): Promise<void> {
    const dialling = deps.dial()
    entry.dialling = dialling
    entry.deadlineMs = sweeper.deadlineIn(deps.connectMs())
    diallings.add(dialling)
    const made = await dialling.link
    diallings.delete(dialling)
    entry.dialling = null
    if (waiting.has(entry.call)) entry.deadlineMs = sweeper.deadlineIn(waitMsMax)
    else sweeper.delete(entry)
    if (!(made instanceof Error)) return deps.onLink(made)
    refuse(entry.call, made)
    deps.onFailed()
  }

  return {
    wait(call) {
      if (waiting.size >= waitingMax) {
        return call.refuse(new UpstreamError('UPSTREAM_QUEUE_FULL', `${waitingMax} requests wait already`))
      }
      const entry: Waiting = { call, dialling: null, deadlineMs: Infinity, onDeadline: () => onDeadline(entry) }
      waiting.set(call, entry)
      sweeper.add(entry)
      if (deps.hasRoom(diallings.size)) void connectFor(entry)
      else entry.deadlineMs = sweeper.deadlineIn(waitMsMax)
    },
    next() {
      const [call] = waiting.keys()
      if (call !== undefined) leave(call)
      return call
    },
    leave,
    refill() {
      for (const entry of waiting.values()) {
        if (diallings.size >= waiting.size || !deps.hasRoom(diallings.size)) break
        if (entry.dialling === null) void connectFor(entry)
      }
    },
    isEmpty: () => waiting.size + diallings.size === 0,
    cut(reason) {
      for (const call of waiting.keys()) refuse(call, reason)
      for (const dialling of diallings) dialling.cancel(reason)
    },
  }
}
