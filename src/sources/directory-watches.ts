// Watches a changing set of directories, and opens a watch again when another directory comes to lie at its path.
//
// This is Node's own fs.watch and not chokidar, because the event log lies in the same directory and is written all the
// time: chokidar reads the whole directory again at each event, which kept the main thread 88 % busy at 25,000 appends/s
// (fs.watch: 7 % at 40,000). What chokidar adds is not needed here: readers compare content, so an event is only a reason
// to look, and a lost or a doubled one does no harm.
import { watch, type FSWatcher } from 'node:fs'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { identityOf } from './path-identity.ts'

export interface DirectoryEvents {
  /** `name` is what changed inside, or the directory's own name at its end; null when the system does not say. */
  onEvent(path: string, event: string, name: string | null): void
  /** A watch failed and is closed: the next call of `watch` opens it again. */
  onEnd(): void
}

export interface DirectoryWatches {
  /** Makes these the watched directories. Resolves to those whose watch is new, and whether none is without one. */
  watch(paths: ReadonlySet<string>): Promise<{ readonly opened: readonly string[]; readonly complete: boolean }>
  close(): void
}

interface Watch {
  readonly watcher: FSWatcher
  /** Device and inode. */
  readonly identity: string
}

export function openDirectoryWatches(host: Host, { onEvent, onEnd }: DirectoryEvents): DirectoryWatches {
  const watches = new Map<string, Watch>()
  let warned = false

  function end(path: string): void {
    watches.get(path)?.watcher.close()
    watches.delete(path)
  }

  function open(path: string): FSWatcher | null {
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => onEvent(path, event, name))
      return watcher.on('error', (error) => {
        host.log.debug({ path, error: messageOf(error) }, 'a watch ended')
        end(path)
        onEnd()
      })
    } catch (error) {
      // Most often the system's limit of watches; the files are looked at more often then.
      if (!warned && errnoOf(error) !== 'ENOENT')
        host.log.warn({ path, error: messageOf(error) }, `${path} cannot be watched`)
      warned ||= errnoOf(error) !== 'ENOENT'
      return null
    }
  }

  return {
    async watch(paths) {
      for (const path of watches.keys()) if (!paths.has(path)) end(path)
      const opened: string[] = []
      for (const path of paths) {
        const identity = await identityOf(path)
        if (watches.has(path) && watches.get(path)?.identity === identity) continue
        end(path)
        const watcher = identity === null ? null : open(path)
        if (watcher === null || identity === null) continue
        watches.set(path, { watcher, identity })
        opened.push(path)
      }
      return { opened, complete: watches.size === paths.size }
    },
    close: () => [...watches.keys()].forEach(end),
  }
}
