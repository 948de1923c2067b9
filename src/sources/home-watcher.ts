// Says when .env or traseai.json may have changed: by the directory's events, and by a slow look where events can be missed.
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { openDirectoryWatches } from './directory-watches.ts'

export interface HomeWatcherDeps {
  readonly host: Host
  /** `.env` may have changed. Called often and for nothing, too; must return at once. */
  onEnvFile(): void
  /** traseai.json may have changed. */
  onConfiguration(): void
  /** How often files are looked at without an event, in milliseconds. */
  readonly lookEveryMs?: number
}

export interface HomeWatcher {
  close(): Promise<void>
}

/** For file systems without events (network, some containers), and for links whose middle is replaced. */
const defaultLookEveryMs = 5_000
/** While a directory is not watched: it is gone, or the system has no watches left. */
const lookEveryMsUnwatched = 500

interface WatchedFile {
  readonly path: string
  readonly notify: () => void
  /** What the last look saw. */
  signature: string | null
}

type FilesByName = ReadonlyMap<string, WatchedFile>

/** Watches from the moment that this resolves, and then has called both functions once, so that nothing falls between. */
export async function openHomeWatcher(deps: HomeWatcherDeps): Promise<HomeWatcher> {
  const { host, lookEveryMs = defaultLookEveryMs } = deps
  const files: readonly WatchedFile[] = [
    { path: host.paths.envFile, notify: () => deps.onEnvFile(), signature: null },
    { path: host.paths.configuration, notify: () => deps.onConfiguration(), signature: null },
  ]
  let wanted: ReadonlyMap<string, FilesByName> = new Map()
  const watches = openDirectoryWatches(host, { onEvent, onEnd: look })
  let queue: Promise<void> = Promise.resolve()
  let closed = false
  let timer: Timer | null = null

  /** Most events are those of the database, thousands a second at times: for them nothing happens here. */
  function onEvent(path: string, event: string, name: string | null): void {
    const inside = wanted.get(path)
    const file = name === null ? undefined : inside?.get(name)
    file?.notify()
    if (name === null) for (const each of inside?.values() ?? []) each.notify()
    // A file that came or went may be a link to elsewhere now; a directory tells its own end by its own name.
    if (event === 'rename' && (file || name === null || name === basename(path))) look()
  }

  function look(): void {
    queue = queue
      .then(lookOnce)
      .catch((error: unknown) =>
        host.log.warn({ error: messageOf(error) }, 'the settings files could not be looked at'),
      )
  }

  async function lookOnce(): Promise<void> {
    if (closed) return
    timer?.cancel()
    wanted = await directoriesOf(files)
    const { opened, complete } = await watches.watch(new Set(wanted.keys()))
    // What happened before a watch was opened is nobody's news.
    for (const path of opened) for (const file of wanted.get(path)?.values() ?? []) file.notify()
    for (const file of files) {
      const signature = await contentSignature(file.path)
      if (signature !== file.signature) file.notify()
      file.signature = signature
    }
    if (!closed) timer = host.setTimer(complete ? lookEveryMs : Math.min(lookEveryMs, lookEveryMsUnwatched), look)
  }

  await lookOnce()
  return {
    async close() {
      closed = true
      timer?.cancel()
      await queue
      watches.close()
    },
  }
}

/** Each directory to watch, with the files in it by name: where a file is looked for, and where a link leads to. */
async function directoriesOf(files: readonly WatchedFile[]): Promise<ReadonlyMap<string, FilesByName>> {
  const directories = new Map<string, Map<string, WatchedFile>>()
  for (const file of files) {
    for (const path of new Set([file.path, await targetOf(file.path)])) {
      const inside = directories.get(dirname(path)) ?? new Map<string, WatchedFile>()
      directories.set(dirname(path), inside.set(basename(path), file))
    }
  }
  return directories
}

async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    // Not there, not reachable, a link to nothing or to itself: its own directory tells when that changes.
    if (errnoOf(error) !== undefined) return path
    throw error
  }
}

/** What tells one content of a path from the next without reading it; null when there is nothing. */
async function contentSignature(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? null : errno
  }
}
