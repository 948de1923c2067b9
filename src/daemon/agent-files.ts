// Keeps every agent's auth-profiles.json in line with the log, and has what people make of them taken up.
import type { RecordedEvent } from '../domain/events.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { messageOf } from '../errors.ts'
import type { Timer } from '../host.ts'
import { openFileWatcher } from '../sources/file-watcher.ts'
import { type AgentFileSetDeps, openAgentFileSet } from './agent-file-set.ts'
import type { CommandBus } from './command-bus.ts'
import { repeat } from './repeat.ts'

export interface AgentFilesDeps extends AgentFileSetDeps {
  readonly bus: Pick<CommandBus, 'durable' | 'execute' | 'onAppended' | 'trouble'>
}

export interface AgentFiles {
  /**
   * Resolves when the files show everything that is in the log now; never rejects. It does not wait for a file that
   * somebody is just editing, nor for a disk that refuses: those are written when it can be.
   */
  flush(): Promise<void>
  /** `flush`, when one of these events is one that the files show. */
  show(events: readonly RecordedEvent[]): Promise<void>
  /** What of the files cannot be used, written or taken up. */
  problems(): readonly SettingsProblem[]
  /** Broken files that were kept and are still there. */
  kept(): readonly SettingsProblem[]
  close(): Promise<void>
}

/** The use of credentials changes with each request; the files are for people. */
const usageEveryMs = 30_000
/** What a disk refused is written again after this time, and then after twice as long each time. */
const [retryMsMin, retryMsMax] = [1_000, 60_000]

/** What changes a file but for its usage statistics. */
const telling: ReadonlySet<string> = new Set([
  'CredentialAdded',
  'CredentialRotated',
  'CredentialRefreshed',
  'CredentialRemoved',
  'CredentialsOrdered',
  'CredentialOrderCleared',
])

/** Resolves when the present files have been looked at, and are watched. */
export async function openAgentFiles(deps: AgentFilesDeps): Promise<AgentFiles> {
  const { host, bus } = deps
  const files = openAgentFileSet(deps)
  let [last, next]: [Promise<void>, Promise<void> | null] = [Promise.resolve(), null]
  let [retry, retryMs]: [Timer | null, number] = [null, retryMsMin]
  let closed = false

  /** What is recorded from now on is for the pass after this one. */
  async function pass(usage: boolean): Promise<void> {
    // Nothing new is in the log then, and perhaps the disk of the home is away, under which nothing may be written.
    if (bus.trouble.current() !== null) return
    const before = files.opened().length
    let failed = false
    for await (const file of files.all()) {
      const shown = await file.show({ usage })
      failed ||= shown === 'failed' || shown === 'hangs'
      // Each look at a file of a disk that hangs holds a thread, and the gateway needs them for names of hosts.
      if (shown === 'hangs') break
    }
    if (closed) return
    if (files.opened().length > before) watcher.look()
    retry?.cancel()
    retry = failed ? host.setTimer(retryMs, () => void flush()) : null
    retryMs = failed ? Math.min(retryMs * 2, retryMsMax) : retryMsMin
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch((error: unknown) => {
      host.log.error({ error: messageOf(error) }, 'the profiles files could not be brought up to date')
    })
    return last
  }

  /** All who ask before the next pass begins share it. */
  function flush(): Promise<void> {
    next ??= enqueue(() => {
      next = null
      return pass(false)
    })
    return next
  }

  const concerns = (events: readonly RecordedEvent[]): boolean => events.some(({ type }) => telling.has(type))

  async function follow(events: readonly RecordedEvent[]): Promise<void> {
    if (!concerns(events)) return
    await flush()
    for (const file of files.opened()) file.tryAgain()
  }

  const watcher = await openFileWatcher({ host, watched: () => files.watched() })
  const stops = [bus.onAppended((events) => void follow(events)), bus.trouble.onChange(() => void flush())]
  const usage = repeat(host, usageEveryMs, () => enqueue(() => pass(true)))
  void flush()
  return {
    flush,
    show: async (events) => (concerns(events) ? flush() : undefined),
    problems: () => files.problems(),
    kept: () => files.kept(),
    async close() {
      closed = true
      for (const stop of stops) stop()
      usage.close()
      await watcher.close()
      await enqueue(() => pass(true))
      retry?.cancel()
      await Promise.all(files.opened().map((file) => file.close()))
    },
  }
}
