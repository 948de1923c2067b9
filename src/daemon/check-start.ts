// Whether a gateway of this program could start on a home, looked up before the one that runs is stopped.
import { join } from 'node:path'
import type { Host } from '../host.ts'
import { readMigrations } from '../storage/migrate.ts'
import { checkDatabase } from '../storage/open-database.ts'
import { configuredListening } from './configured-listening.ts'

/** Changes nothing. @throws TraseError `configuration_invalid`, and what the database would be refused with, such as `database_newer` */
export async function checkStart(host: Host, packageRoot: string): Promise<void> {
  await configuredListening(host)
  checkDatabase({ databasePath: host.paths.database, migrations: readMigrations(join(packageRoot, 'migrations')) })
}
