// Puts a backup in the place of a home: made and checked beside it, then exchanged with it in one step.
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { KeeperChoice } from '../backup/restored-keeper.ts'
import type { Restored } from '../backup/restore-into.ts'
import { startBackupThread } from '../backup/start-thread.ts'
import type { Opener } from '../backup/unsealing.ts'
import { errnoOf, TraseError } from '../errors.ts'
import { type Environment, type Host, realHost } from '../host.ts'
import { placeForHome } from './place-for-home.ts'
import { openRestoreFolder, removeUnfinishedRestores, type RestoreFolder } from './restore-folder.ts'
import { strayHomes } from './restore-names.ts'

export interface HomeRestoreOptions {
  readonly env: Environment
  /** The folder with dist/ and migrations/. */
  readonly packageRoot: string
  /** The path of the sealed file; null is standard input. */
  readonly file: string | null
  /**
   * Asked when the place is known to be free, and again when what it gave was refused; null ends the whole.
   * @throws TraseError which ends it as well, such as the refusal when there is nothing else to try
   */
  opener(refusal: TraseError | null): Promise<Opener | null>
  readonly keeper: KeeperChoice
  /** A home that is there is moved aside. */
  readonly force: boolean
  /** Only look whether it could be restored: no home is touched. */
  readonly check: boolean
}

export interface HomeRestore extends Restored {
  readonly home: string
  /** Where the home lies that was there before; null when there was none, or an empty one. */
  readonly kept: string | null
}

/**
 * Null when the opener had no more to give. A kill at any moment leaves the home as it was, or the restored one; the other one, or what there was of it, lies beside it.
 * @throws TraseError `gateway_running`, `already_exists` (a home that is not empty, without `force`), `home_unwritable`,
 * `disk_full`, `value_refused`, `backup_refused`, `not_found`, `file_unreadable`
 */
export async function restoreHome(options: HomeRestoreOptions): Promise<HomeRestore | null> {
  const { env, force, check } = options
  const host = realHost({ env })
  host.makeFilesPrivate()
  const home = realPath(host.paths.home)
  removeUnfinishedRestores(host, home)
  const strays = strayHomes(home)
  const place = check ? null : placeForHome(host, home, force)
  try {
    const folder = openRestoreFolder(host, home, place?.within ?? dirname(home))
    const removing = removeOnSignals(host, folder)
    try {
      const restored = await fill(folder, options)
      if (restored === null) return null
      const kept = place ? place.put(folder) : null
      const notes = [
        ...restored.notes,
        ...strays.map(
          (path) =>
            `an earlier restore was ended at its last step: ${path} is a whole home; look at it, then delete it`,
        ),
      ]
      return { ...restored, notes, home, kept }
    } finally {
      folder.remove()
      removing.stop()
    }
  } finally {
    place?.release()
  }
}

/** What refuses an opener has written nothing yet. */
async function fill(folder: RestoreFolder, options: HomeRestoreOptions): Promise<Restored | null> {
  const { env, packageRoot, file, keeper } = options
  const thread = startBackupThread(join(packageRoot, 'dist', 'backup.cjs'))
  try {
    const migrationsDir = join(packageRoot, 'migrations')
    for (let refusal: TraseError | null = null; ;) {
      const opener = await options.opener(refusal)
      if (opener === null) return null
      try {
        // Only what can be cloned: an environment may be the process's own.
        return await thread.ask('restore', { file, opener, into: folder.path, keeper, env: { ...env }, migrationsDir })
      } catch (error) {
        if (!(error instanceof TraseError) || error.code !== 'value_refused') throw error
        refusal = error
      }
    }
  } finally {
    await thread.end()
  }
}

/** A home that is a link stays one: what it leads to is replaced. */
function realPath(home: string): string {
  try {
    return realpathSync(home)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return home
  }
}

function removeOnSignals(host: Host, folder: RestoreFolder): { stop(): void } {
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
  const off = Object.entries(statuses).map(([signal, status]) =>
    host.onSignal(signal as keyof typeof statuses, () => {
      folder.remove()
      host.exit(status)
    }),
  )
  return { stop: () => off.forEach((undo) => undo()) }
}
