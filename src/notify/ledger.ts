// What was told, as the log has it and a little ahead of it: while the log cannot be written, memory holds the rest, in order.
import { entryOf, type ToldNotice, withoutEntry } from '../domain/entities.ts'
import type { Matter } from '../domain/matter.ts'
import { type Notices, tellingOf, withTelling } from '../domain/notice.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../host.ts'

export interface LedgerDeps {
  readonly log: Log
  /** What the log says was told. */
  told(): Notices
  /** Writes that a matter was told. Rejects when the log does not take it. */
  record(matter: Matter, channel: string): Promise<unknown>
  /** Writes that a matter is over. Rejects when the log does not take it. */
  settle(key: string): Promise<unknown>
}

export interface Ledger {
  told(): Notices
  /** `at` in epoch milliseconds. */
  noteTold(matter: Matter, channel: string, at: number): void
  noteSettled(key: string): void
  /** False when so much waits for the log that nothing more may be told: it would be told twice after a restart. */
  hasRoom(more: number): boolean
  /** Begins to write what is not written yet, unless that is under way. */
  write(): void
  /** Resolves when nothing waits any more, or the log refused. */
  written(): Promise<void>
}

type Entry =
  | { readonly what: 'told'; readonly matter: Matter; readonly channel: string; readonly at: number }
  | { readonly what: 'settled'; readonly key: string }

/** More than a home can have matters. */
const waitingMax = 10_000

export function openLedger(deps: LedgerDeps): Ledger {
  /** In order: what is over must be written before it is told anew. */
  const waiting: Entry[] = []
  let writing: Promise<void> | null = null

  async function writeAll(): Promise<void> {
    try {
      for (let [first] = waiting; first !== undefined; [first] = waiting) {
        await (first.what === 'told' ? deps.record(first.matter, first.channel) : deps.settle(first.key))
        waiting.shift()
      }
    } catch (error) {
      deps.log.debug(
        { error: messageOf(error), waiting: waiting.length },
        'notices could not be recorded; trying again',
      )
    } finally {
      writing = null
    }
  }

  function write(): void {
    if (writing === null && waiting.length > 0) writing = writeAll()
  }

  function add(entry: Entry): void {
    waiting.push(entry)
    write()
  }

  return {
    // The entry that is being written may be in the log already; to count it twice for a moment keeps a reminder back, and no more.
    told: () => waiting.reduce(withEntry, deps.told()),
    noteTold: (matter, channel, at) => add({ what: 'told', matter, channel, at }),
    noteSettled: (key) => add({ what: 'settled', key }),
    hasRoom: (more) => waiting.length + more <= waitingMax,
    write,
    written: () => writing ?? Promise.resolve(),
  }
}

function withEntry(told: Notices, entry: Entry): Notices {
  if (entry.what === 'settled') return withoutEntry<ToldNotice>(told, entry.key)
  const { key } = entry.matter
  return { ...told, [key]: withTelling(entryOf(told, key), tellingOf(entry.matter, [entry.channel]), entry.at) }
}
