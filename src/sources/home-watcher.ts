// Says when .env or traseai.json may have changed.
import type { Host } from '../host.ts'
import { openFileWatcher, type FileWatcher } from './file-watcher.ts'

export interface HomeWatcherDeps {
  readonly host: Host
  /** `.env` may have changed. Called often and for nothing, too; must return at once. */
  onEnvFile(): void
  /** traseai.json may have changed. */
  onConfiguration(): void
  /** How often files are looked at without an event, in milliseconds. */
  readonly lookEveryMs?: number
}

/** Watches from the moment that this resolves, and then has called both functions once, so that nothing falls between. */
export function openHomeWatcher(deps: HomeWatcherDeps): Promise<Pick<FileWatcher, 'close'>> {
  const { paths } = deps.host
  const files = [
    { path: paths.envFile, notify: () => deps.onEnvFile() },
    { path: paths.configuration, notify: () => deps.onConfiguration() },
  ]
  const watched = { files, folders: [] }
  return openFileWatcher({ host: deps.host, watched: () => watched, lookEveryMs: deps.lookEveryMs })
}
