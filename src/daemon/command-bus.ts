// Turns commands into durable events: decide on the state in memory, append, fold, publish.
import type { Command } from '../domain/command.ts'
import { decide, streamOf, versionOf } from '../domain/decide.ts'
import type { FoldedEvent } from '../domain/entities.ts'
import { decodeEvent, eventTable, type Actor, type RecordedEvent } from '../domain/events.ts'
import { evolve, foldVersion, initialState, parseState, type State } from '../domain/state.ts'
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { readLimitMax, type NewEvent, type OpenedLog } from '../storage/event-log.ts'
import { openStreamVersions } from './stream-versions.ts'

/** Events between two snapshots: the most a start has to fold. */
const snapshotEveryEvents = 1_000
/** How often a command decides again when its stream turned out to be at another version. */
const attemptsMax = 3
/** Facts that wait for a disk that refuses writes; above it the newest are given up, loudly. */
const unwrittenMax = 1_000
const unwrittenRetryMs = 1_000

export interface CommandBus {
  /** The state with everything decided so far, on disk or on its way there. */
  state(): State
  /** Position of the newest event that is on disk. */
  position(): number
  /**
   * Resolves when the events are on disk; an empty list when there was nothing to do.
   * @throws TraseError what the decider refuses with, `disk_full`, `storage_failed`, `busy`, `conflict`
   */
  execute(command: Command, actor: Actor): Promise<readonly RecordedEvent[]>
  /** For facts about a known credential: changes the state at once and writes behind it, again and again while the disk refuses. */
  record(command: Command, actor: Actor): void
  /** Calls back after each commit, in order of position; returns the way to stop. */
  onAppended(listener: (events: readonly RecordedEvent[]) => void): () => void
  /** Writes a snapshot if there is anything new. */
  saveSnapshot(): Promise<void>
}

/** Events that are decided and folded into the live state, but not yet on disk. */
interface Pending {
  readonly stream: string
  readonly expectedVersion: number
  readonly folded: readonly FoldedEvent[]
  readonly actor: Actor
  written: Promise<readonly RecordedEvent[]>
}

/** Folds the log's past and takes commands from then on. */
export async function openCommandBus(host: Host, opened: OpenedLog): Promise<CommandBus> {
  const { log } = opened
  const past = await foldPast(opened)
  let durable = past.state
  let live = durable
  let position = past.position
  let snapshotPosition = past.snapshotPosition
  const pending = new Set<Pending>()
  let unwritten = 0
  const listeners = new Set<(events: readonly RecordedEvent[]) => void>()
  const versions = openStreamVersions((stream) => versionOf(live, stream), log)

  function apply(command: Command, actor: Actor, expectedVersion: number): Pending | null {
    const at = host.now()
    const stream = streamOf(command)
    const decided = decide(live, command, at)
    if (decided.length === 0) return null
    const folded = decided.map((event, index): FoldedEvent => ({ ...event, stream, version: expectedVersion + 1 + index, at }))
    live = folded.reduce(evolve, live)
    versions.set(stream, expectedVersion + folded.length)
    const entry: Pending = { stream, expectedVersion, folded, actor, written: Promise.resolve([]) }
    pending.add(entry)
    entry.written = write(entry)
    return entry
  }

  async function write(entry: Pending): Promise<readonly RecordedEvent[]> {
    const outcome = await log.append({ stream: entry.stream, expectedVersion: entry.expectedVersion, events: entry.folded.map((event) => toNewEvent(event, entry.actor)) })
    if (outcome.outcome === 'conflict') {
      throw new TraseError('conflict', `stream ${entry.stream} is at version ${outcome.actualVersion}, not ${entry.expectedVersion}`)
    }
    pending.delete(entry)
    const recorded = entry.folded.map((event, index): RecordedEvent => ({ ...event, position: outcome.firstPosition + index, actor: entry.actor, cause: null }))
    durable = entry.folded.reduce(evolve, durable)
    position = outcome.firstPosition + entry.folded.length - 1
    if (pending.size === 0) live = durable
    for (const listener of listeners) listener(recorded)
    if (position - snapshotPosition >= snapshotEveryEvents) snapshotBehind()
    return recorded
  }

  /** Takes back what could not be written: the live state is the durable one plus what still waits. */
  function takeBack(entry: Pending): void {
    pending.delete(entry)
    versions.forget(entry.stream)
    live = durable
    for (const waiting of pending) live = waiting.folded.reduce(evolve, live)
  }

  async function execute(command: Command, actor: Actor): Promise<readonly RecordedEvent[]> {
    const stream = streamOf(command)
    for (let attempt = 1; ; attempt += 1) {
      if (versions.get(stream) === undefined) await versions.load(stream)
      // Read after the wait: others may have gone first in the meantime.
      const entry = apply(command, actor, versions.get(stream) ?? 0)
      if (!entry) {
        await settled(stream)
        return []
      }
      try {
        return await entry.written
      } catch (error) {
        takeBack(entry)
        const again = error instanceof TraseError && error.code === 'conflict' && attempt < attemptsMax
        if (!again) throw error
      }
    }
  }

  /** "Nothing to do" may only be said when what it relies on is on disk. */
  async function settled(stream: string): Promise<void> {
    const relied = [...pending].filter((entry) => entry.stream === stream)
    await Promise.all(relied.map((entry) => entry.written))
  }

  function record(command: Command, actor: Actor): void {
    const version = versions.get(streamOf(command))
    if (version === undefined) return // the credential was removed while the request was under way
    const entry = apply(command, actor, version)
    if (entry) keepTrying(entry)
  }

  function keepTrying(entry: Pending): void {
    entry.written.catch((error: unknown) => {
      if (error instanceof TraseError && error.code === 'conflict') return takeBack(entry)
      if (unwritten >= unwrittenMax) {
        host.log.error({ stream: entry.stream, error: messageOf(error) }, 'a fact could not be written and is given up')
        return takeBack(entry)
      }
      if (unwritten === 0) host.log.error({ stream: entry.stream, error: messageOf(error) }, 'the event log cannot be written; facts are kept in memory and tried again')
      unwritten += 1
      host.setTimer(unwrittenRetryMs, () => {
        unwritten -= 1
        entry.written = write(entry)
        keepTrying(entry)
      })
    })
  }

  async function saveSnapshot(): Promise<void> {
    if (position === snapshotPosition) return
    snapshotPosition = position
    await log.saveSnapshot({ position, foldVersion, state: durable })
  }

  function snapshotBehind(): void {
    saveSnapshot().catch((error: unknown) => {
      host.log.warn({ error: messageOf(error) }, 'no snapshot was written; the next start will take a little longer')
    })
  }

  return {
    state: () => live,
    position: () => position,
    execute,
    record,
    onAppended(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    saveSnapshot,
  }
}

function toNewEvent(event: FoldedEvent, actor: Actor): NewEvent {
  return { type: event.type, schema: eventTable[event.type].schema, at: event.at, actor, cause: null, data: event.data }
}

interface Past {
  readonly state: State
  readonly position: number
  readonly snapshotPosition: number
}

/** The newest usable snapshot and the events after it; from the beginning when there is none. */
async function foldPast(opened: OpenedLog): Promise<Past> {
  const { log, snapshot, lastPosition } = opened
  const fromSnapshot = snapshot ? parseState(snapshot.state) : null
  const snapshotPosition = fromSnapshot && snapshot ? snapshot.position : 0
  let state = fromSnapshot ?? initialState
  let position = snapshotPosition
  let page = snapshot && !fromSnapshot ? await log.read({ after: 0, limit: readLimitMax, order: 'asc' }) : opened.tail
  while (page.length > 0) {
    state = page.map(decodeEvent).reduce(evolve, state)
    position = page.at(-1)?.position ?? position
    page = position < lastPosition ? await log.read({ after: position, limit: readLimitMax, order: 'asc' }) : []
  }
  if (position !== lastPosition) {
    throw new TraseError('database_corrupt', `the event log ends at ${position}, but its newest event is ${lastPosition}`)
  }
  return { state, position, snapshotPosition }
}
