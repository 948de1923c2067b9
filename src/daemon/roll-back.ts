// Puts a copy of the database from before an upgrade back in its place, while no gateway runs.
import { basename, join, resolve } from 'node:path'
import { TraseError } from '../errors.ts'
import { realHost, type Environment } from '../host.ts'
import { copiesDirectory, copyOf } from '../storage/database-copies.ts'
import { readMigrations } from '../storage/migrate.ts'
import { checkDatabase } from '../storage/open-database.ts'
import { putBack, type PutBack } from '../storage/put-back.ts'
import { wayBackFrom } from '../storage/way-back.ts'
import { lockHome } from './home-lock.ts'

export interface RollBackOptions {
  readonly env: Environment
  /** The folder with `bin/`, `dist/` and `migrations/`. */
  readonly packageRoot: string
  /** A path, or the name of a file in `backups`; null for the newest that this program can open. */
  readonly copy: string | null
}

export interface RolledBack extends PutBack {
  /** What is in place now. */
  readonly copy: string
}

/**
 * @throws TraseError `gateway_running`, `not_found` (no copy), `usage` (without a name, when there is nothing to go back
 *   from), and what `putBack` throws; nothing has changed then
 */
export function rollBack({ env, packageRoot, copy }: RollBackOptions): RolledBack {
  const host = realHost({ env })
  host.makeFilesPrivate()
  const databasePath = host.paths.database
  const migrations = readMigrations(join(packageRoot, 'migrations'))
  const lock = lockHome(host)
  try {
    const copyPath = copy === null ? newestCopy(databasePath, migrations) : namedCopy(databasePath, copy)
    return { copy: copyPath, ...putBack({ databasePath, copyPath, migrations, now: host.now() }) }
  } finally {
    lock.release()
  }
}

type Migrations = ReturnType<typeof readMigrations>

/** Only for a database that this program cannot open: otherwise a person should say which state they want. */
function newestCopy(databasePath: string, migrations: Migrations): string {
  if (canOpen(databasePath, migrations)) {
    throw new TraseError('usage', `this program can open ${databasePath}: there is nothing to go back from`, {
      hint: `to put a copy in its place nevertheless, name one of ${copiesDirectory(databasePath)}: traseai gateway rollback NAME`,
    })
  }
  const way = wayBackFrom(databasePath, migrations.length)
  if (way) return way.copy.path
  throw new TraseError('not_found', `there is no copy in ${copiesDirectory(databasePath)} that this program can open`)
}

function canOpen(databasePath: string, migrations: Migrations): boolean {
  try {
    checkDatabase({ databasePath, migrations })
    return true
  } catch (error) {
    if (error instanceof TraseError && error.code === 'database_newer') return false
    throw error
  }
}

function namedCopy(databasePath: string, name: string): string {
  const directory = copiesDirectory(databasePath)
  return name === basename(name) && copyOf(directory, name) ? join(directory, name) : resolve(name)
}
