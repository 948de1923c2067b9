// Takes commands: each is acknowledged when its events are on disk, or tried again when somebody was faster.
import type { Command } from '../domain/command.ts'
import { streamOf, versionOf } from '../domain/decide.ts'
import type { Actor, RecordedEvent } from '../domain/events.ts'
import type { SealedSecret } from '../domain/sealed-secret.ts'
import type { State } from '../domain/state.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { OpenedLog } from '../storage/event-log.ts'
import { foldPast } from './fold-past.ts'
import { openJournal } from './journal.ts'
import { openLiveState } from './live-state.ts'
import { openSnapshots } from './snapshots.ts'
import { openStreamVersions } from './stream-versions.ts'
import { openUnwrittenFacts } from './unwritten-facts.ts'
import { openWriteTrouble, type WriteTrouble } from './write-trouble.ts'

/** How often a command decides again when its stream turned out to be at another version. */
const attemptsMax = 3

export type AppendedListener = (events: readonly RecordedEvent[]) => void

export interface CommandBus {
  /** The state with everything decided so far, on disk or on its way there. */
  state(): State
  /** The state of what is on disk, up to `position`. */
  durable(): State
  /** Position of the newest event that is on disk. */
  position(): number
  /**
   * Resolves when the events are on disk; an empty list when there was nothing to do.
   * @param sealed the secret that the command speaks of: kept in the same commit, and not at all when there are no events
   * @throws TraseError what the decider refuses with, `disk_full`, `storage_failed`, `busy`, `conflict`
   */
  execute(command: Command, actor: Actor, sealed?: SealedSecret): Promise<readonly RecordedEvent[]>
  /** For facts about a known credential: changes the state at once and writes behind it, again and again while the disk refuses. */
  record(command: Command, actor: Actor): void
  /** Calls back after each commit, in order of position; returns the way to stop. */
  onAppended(listener: AppendedListener): () => void
  /** Why changes cannot be written; null when they can. */
  failure(): string | null
  /** The same, with who wants to hear when it begins and ends; writes beside the events are watched by it as well. */
  readonly trouble: Pick<WriteTrouble, 'current' | 'onChange' | 'watch' | 'wrote'>
  /** Writes a snapshot if there is anything new. @throws TraseError `disk_full`, `storage_failed` */
  close(): Promise<void>
}

/** Folds the log's past and takes commands from then on. */
export async function openCommandBus(host: Host, opened: OpenedLog): Promise<CommandBus> {
  const { log } = opened
  const past = await foldPast(opened)
  const state = openLiveState(past)
  const versions = openStreamVersions((stream) => versionOf(state.live(), stream), log)
  const snapshots = openSnapshots(host, log, state, past.snapshotPosition)
  const listeners = new Set<AppendedListener>()
  const trouble = openWriteTrouble({ host, tryWriting: () => snapshots.saveAnyway() })
  const journal = openJournal({
    now: () => host.now(),
    log,
    state,
    versions,
    onSettled(events) {
      trouble.wrote()
      for (const listener of listeners) listener(events)
      snapshots.noteCommit()
    },
    watch: trouble.watch,
  })
  const unwritten = openUnwrittenFacts({ host, journal, isInTrouble: () => trouble.current() !== null })

  async function execute(command: Command, actor: Actor, sealed?: SealedSecret): Promise<readonly RecordedEvent[]> {
    const stream = streamOf(command)
    for (let attempt = 1; ; attempt += 1) {
      // Others may go first during this wait; the journal takes the version as it is afterwards.
      if (versions.get(stream) === undefined) await versions.load(stream)
      const pending = journal.start(command, actor, sealed)
      if (!pending) {
        // "Nothing to do" may only be said when what it relies on is on disk.
        await Promise.all(state.waitingFor(stream).map((each) => each.written))
        return []
      }
      try {
        return await pending.written
      } catch (error) {
        journal.giveUp(pending)
        const again = error instanceof TraseError && error.code === 'conflict' && attempt < attemptsMax
        if (!again) throw error
      }
    }
  }

  function record(command: Command, actor: Actor): void {
    if (versions.get(streamOf(command)) === undefined) return // the credential was removed while the request was under way
    const pending = journal.start(command, actor)
    if (pending) unwritten.keepTrying(pending)
  }

  return {
    state: () => state.live(),
    durable: () => state.durable(),
    position: () => state.position(),
    execute,
    record,
    onAppended(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    failure: () => trouble.current()?.message ?? null,
    trouble,
    async close() {
      trouble.close()
      await snapshots.save()
    },
  }
}
