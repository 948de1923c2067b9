// `gateway rollback`: back to the copy of the database that an upgrade has made, for an older program.
import type { Command } from 'commander'
import type { Environment } from '../../../host.ts'
import type { Act, Context } from '../../context.ts'
import { addHelpNote } from '../../help-note.ts'

/** What the daemon's bundle exports. */
interface DaemonModule {
  rollBack(options: {
    readonly env: Environment
    readonly packageRoot: string
    readonly copy: string | null
  }): Promise<RolledBack>
}

interface RolledBack {
  readonly copy: string
  readonly setAside: string | null
  readonly loss: { readonly events: number; readonly secrets: number } | null
}

export function registerGatewayRollback(gateway: Command, act: Act): void {
  const rollback = gateway
    .command('rollback')
    .argument('[copy]', 'a copy in backups, by its name or path; else the newest that this version can open')
    .description('put the database from before an upgrade back, and set the newer one aside; no gateway may run')
    .action((copy: string | undefined) => act((context) => runGatewayRollback(context, copy)))
  addHelpNote(rollback, [
    'For an older version that was installed again. What happened since the upgrade is in the database that is set aside, and nowhere else. docs/upgrading.md says more.',
  ])
}

export async function runGatewayRollback(context: Context, copy: string | undefined): Promise<number> {
  const { host, io, packageRoot } = context
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const env = { ...host.env, TRASEAI_HOME: host.paths.home }
  const done = await daemon.rollBack({ env, packageRoot, copy: copy ?? null })
  io.print(done, () => words(done, host.paths.database))
  io.note('hint: traseai gateway start')
  return 0
}

function words({ copy, setAside, loss }: RolledBack, database: string): string {
  const place = `${copy} is in the place of ${database}`
  if (setAside === null) return place
  const lost =
    loss === null
      ? ''
      : `, with ${counted(loss.events, 'event')} and ${counted(loss.secrets, 'stored secret')} that the copy has not`
  return `${place}\nset aside: ${setAside}${lost}`
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`
}
