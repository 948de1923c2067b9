// Says when files may have changed: by their directories' events, and by a slow look where events can be missed.
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { openDirectoryWatches } from './directory-watches.ts'

export interface WatchedFile {
  readonly path: string
  /** It may have changed. Called often and for nothing, too; must return at once. */
  readonly notify: () => void
}

export interface Watched {
  readonly files: readonly WatchedFile[]
  /** Where whatever comes or goes is a reason to ask again what is to be watched; they must be there. */
  readonly folders: readonly string[]
}

export interface FileWatcherDeps {
  readonly host: Host
  /** Asked at each look. */
  watched(): Watched | Promise<Watched>
  /** How often files are looked at without an event, in milliseconds. */
  readonly lookEveryMs?: number | undefined
}

export interface FileWatcher {
  /** Looks soon: other files are to be watched from now on. */
  look(): void
  close(): Promise<void>
}

/** For file systems without events (network, some containers), and for links whose middle is replaced. */
const defaultLookEveryMs = 5_000
/** While a directory is not watched: it is gone, or the system has no watches left. */
const lookEveryMsUnwatched = 500

type FilesByName = ReadonlyMap<string, WatchedFile>

/** Watches from the moment that this resolves, and then has notified of every file once, so that nothing falls between. */
export async function openFileWatcher(deps: FileWatcherDeps): Promise<FileWatcher> {
  const { host, lookEveryMs = defaultLookEveryMs } = deps
  let wanted: ReadonlyMap<string, FilesByName> = new Map()
  let folders: ReadonlySet<string> = new Set()
  /** What the last look saw of each file. */
  let signatures: ReadonlyMap<string, string | null> = new Map()
  const watches = openDirectoryWatches(host, { onEvent, onEnd: look })
  let queue: Promise<void> = Promise.resolve()
  let [closed, waiting] = [false, false]
  let timer: Timer | null = null

  /** Most events are those of the database, thousands a second at times: for them nothing happens here. */
  function onEvent(path: string, event: string, name: string | null): void {
    const inside = wanted.get(path)
    const file = name === null ? undefined : inside?.get(name)
    file?.notify()
    if (name === null) for (const each of inside?.values() ?? []) each.notify()
    // A file that came or went may be a link to elsewhere now; a directory tells its own end by its own name.
    const concerns = file !== undefined || name === null || name === basename(path) || folders.has(path)
    if (event === 'rename' && concerns) look()
  }

  function look(): void {
    if (waiting) return
    waiting = true
    queue = queue.then(lookOnce).catch((error: unknown) => {
      host.log.warn({ error: messageOf(error) }, 'the watched files could not be looked at')
      if (!closed) timer = host.setTimer(lookEveryMs, look)
    })
  }

  async function lookOnce(): Promise<void> {
    waiting = false
    if (closed) return
    timer?.cancel()
    const watched = await deps.watched()
    folders = new Set(watched.folders)
    wanted = await directoriesOf(watched.files)
    const { opened, complete } = await watches.watch(new Set([...wanted.keys(), ...folders]))
    // What happened before a watch was opened is nobody's news.
    for (const path of opened) for (const file of wanted.get(path)?.values() ?? []) file.notify()
    const seen = new Map<string, string | null>()
    for (const file of watched.files) {
      const signature = await contentSignature(file.path)
      if (!signatures.has(file.path) || signature !== signatures.get(file.path)) file.notify()
      seen.set(file.path, signature)
    }
    signatures = seen
    if (!closed) timer = host.setTimer(complete ? lookEveryMs : Math.min(lookEveryMs, lookEveryMsUnwatched), look)
  }

  await lookOnce()
  return {
    look,
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
