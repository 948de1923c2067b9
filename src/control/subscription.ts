// One subscriber of the history: a cursor that moves through the log as fast as the subscriber reads, and no faster.
import { decodeEvent, type RecordedEvent } from '../domain/events.ts'
import { TraseError } from '../errors.ts'
import type { ControlDeps } from './deps.ts'
import type { Output } from './output.ts'
import { eventLine } from './wire-event.ts'

/** Events read at a time; what a subscriber who reads nothing costs is this page and the socket's buffer. */
const pageEvents = 100

export interface SubscriptionOptions {
  readonly deps: Pick<ControlDeps, 'log' | 'position' | 'onAppended'>
  /** The last position the subscriber has. */
  readonly after: number
  readonly output: Output
  /** Called once if the log cannot be read: the subscriber has to come back with its last position. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Every event goes out exactly once, because only the cursor decides what is next: each event written moves it, and what
 * is written is read from behind it. Fresh events are written straight from the commit only if they follow the cursor
 * directly and nobody else is moving it.
 */
export function openSubscription(options: SubscriptionOptions): { close(): void } {
  const { deps, output, onFailure } = options
  let cursor = options.after
  let newest = deps.position()
  let idle = false
  let closed = false
  let wake = (): void => {}

  const stopListening = deps.onAppended((events) => {
    newest = Math.max(newest, events.at(-1)?.position ?? 0)
    if (idle && !writeFresh(events)) wake()
  })

  /** False when there is something left for the loop to do. */
  function writeFresh(events: readonly RecordedEvent[]): boolean {
    for (const event of events) {
      if (event.position !== cursor + 1) return false
      cursor = event.position
      if (!output.write(eventLine(event))) return false
    }
    return true
  }

  function nextWake(): Promise<void> {
    return new Promise((resolve) => {
      idle = true
      wake = () => {
        idle = false
        resolve()
      }
    })
  }

  async function run(): Promise<void> {
    for (;;) {
      await output.drained()
      if (closed) return
      // No await between seeing that there is nothing and going to sleep: an event cannot slip in between.
      if (cursor >= newest) await nextWake()
      else await writePage()
    }
  }

  async function writePage(): Promise<void> {
    const page = await deps.log.read({ after: cursor, limit: pageEvents, order: 'asc' })
    if (page.length === 0) {
      throw new TraseError(
        'storage_failed',
        `the log has nothing after ${cursor}, though its newest event is ${newest}`,
      )
    }
    for (const stored of page) {
      if (closed) return
      cursor = stored.position
      if (!output.write(eventLine(decodeEvent(stored)))) await output.drained()
    }
  }

  function close(): void {
    closed = true
    stopListening()
    wake()
  }

  run().catch((error: unknown) => {
    close()
    onFailure(error)
  })
  return { close }
}
