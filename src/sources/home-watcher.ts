// Says when .env or traseai.json may have changed: by the directory's events, and by a slow look where events can be missed.
//
// This is Node's own fs.watch and not chokidar, because the event log lies in the same directory and is written all the
// time: chokidar reads the whole directory again at each event, which kept the main thread 88 % busy at 25,000 appends/s
// (fs.watch: 7 % at 40,000). What chokidar adds is not needed here: readers compare content, so an event is only a reason
// to look, and a lost or a doubled one does no harm.
import { watch, type FSWatcher } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'

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

interface WatchedDirectory {
  readonly watcher: FSWatcher
  /** Device and inode: another directory may come to lie at the same path. */
  readonly identity: string
}

/** Watches from the moment that this resolves, and then calls both functions once, so that nothing falls between. */
export async function openHomeWatcher(deps: HomeWatcherDeps): Promise<HomeWatcher> {
  const { host, lookEveryMs = defaultLookEveryMs } = deps
  const files: readonly WatchedFile[] = [
    { path: host.paths.envFile, notify: () => deps.onEnvFile(), signature: null },
    { path: host.paths.configuration, notify: () => deps.onConfiguration(), signature: null },
  ]
  const watched = new Map<string, WatchedDirectory>()
  let wanted: ReadonlyMap<string, ReadonlyMap<string, WatchedFile>> = new Map()
  let queue: Promise<void> = Promise.resolve()
  let closed = false
  let warned = false
  let timer: Timer | null = null

  /** Brings the watches in line with where the files lie now; says whether every directory is watched. */
  async function arm(): Promise<boolean> {
    wanted = await directoriesOf(files)
    for (const [path, { watcher }] of watched) {
      if (wanted.has(path)) continue
      watcher.close()
      watched.delete(path)
    }
    let complete = true
    for (const [path, inside] of wanted) complete = (await watchDirectory(path, inside)) && complete
    return complete
  }

  async function watchDirectory(path: string, inside: ReadonlyMap<string, WatchedFile>): Promise<boolean> {
    const identity = await signatureOf(path, 'identity')
    const present = watched.get(path)
    if (present?.identity === identity) return true
    present?.watcher.close()
    watched.delete(path)
    if (identity === null || closed) return false
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => onEvent(path, event, name))
      watcher.on('error', (error) => {
        host.log.debug({ path, error: messageOf(error) }, 'a watch ended')
        watcher.close()
        watched.delete(path)
        look()
      })
      watched.set(path, { watcher, identity })
      for (const file of inside.values()) file.notify()
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      if (!warned) host.log.warn({ path, error: messageOf(error) }, `${path} cannot be watched; its files are looked at every ${lookEveryMsUnwatched} ms`)
      warned = true
      return false
    }
  }

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
    queue = queue.then(lookOnce).catch((error: unknown) => host.log.warn({ error: messageOf(error) }, 'the settings files could not be looked at'))
  }

  async function lookOnce(): Promise<void> {
    if (closed) return
    timer?.cancel()
    const complete = await arm()
    for (const file of files) {
      const signature = await signatureOf(file.path, 'content')
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
      for (const { watcher } of watched.values()) watcher.close()
      watched.clear()
    },
  }
}

/** Each directory to watch, with the files in it by name: where a file is looked for, and where a link leads to. */
async function directoriesOf(files: readonly WatchedFile[]): Promise<Map<string, Map<string, WatchedFile>>> {
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

/** What tells one state of a path from the next without reading it; null when there is nothing. */
async function signatureOf(path: string, what: 'identity' | 'content'): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return what === 'identity' ? `${dev}:${ino}` : `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? null : errno
  }
}
