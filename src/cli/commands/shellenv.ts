// `shellenv`: what `exec` gives a program, as lines for the shell that asks, with a token that dies with that shell.
import type { Command } from 'commander'
import { TraseError } from '../../errors.ts'
import { chosenProviders, clientEnvironment, httpOf, knownProviders } from '../client-environment.ts'
import { addHelpNote } from '../help-note.ts'
import type { Act, Context } from '../context.ts'
import { listOf, wholeNumber } from '../option-values.ts'

interface ShellenvOptions {
  readonly provider?: readonly string[]
  readonly pid?: number
}

/** No operating system has greater process ids. */
const pidMax = 2 ** 31 - 1

export function registerShellenv(program: Command, act: Act): void {
  const command = program
    .command('shellenv')
    .description('print export lines for a shell: eval "$(traseai shellenv)"')
    .option('--provider <id>', 'only this provider (repeat it, or use commas); default: all with a credential', listOf)
    .option(
      '--pid <pid>',
      'the process the token lives as long as; default: the one that runs this',
      wholeNumber(1, pidMax),
    )
    .action((options: ShellenvOptions) => act((context) => runShellenv(context, options)))
  addHelpNote(command, ['The token is refused soon after that process has ended.'])
}

export async function runShellenv(context: Context, options: ShellenvOptions): Promise<number> {
  const { host, io } = context
  const gateway = await context.gateway()
  const report = await gateway.call('models.status', {})
  const { prefixes: keyPrefixes } = await gateway.call('env.list', {})
  const providers = chosenProviders(await knownProviders(gateway, options.provider ?? []), report)
  const boundToPid = options.pid ?? host.parentPid
  if (!host.processExists(boundToPid)) {
    throw new TraseError('not_found', `there is no process ${boundToPid} for the token to live as long as`)
  }
  const name = `shell-${boundToPid}-${host.randomBytes(4).toString('hex')}`
  const { token } = await gateway.call('clients.issue', { name, boundToPid })
  const { set, remove } = clientEnvironment({
    env: host.env,
    providers,
    http: httpOf(report),
    token,
    keyPrefixes,
  })
  io.print({ client: name, set: Object.fromEntries(set), unset: remove }, () => shellLines(set, remove))
  if (io.width !== null) io.note('note: this is for a shell to read: eval "$(traseai shellenv)"')
  return 0
}

/** Lines for sh and its kin. */
export function shellLines(set: ReadonlyMap<string, string>, remove: readonly string[]): string {
  return [
    ...remove.filter(isShellName).map((name) => `unset ${name}`),
    ...[...set].map(([name, value]) => `export ${name}=${quoted(value)}`),
  ].join('\n')
}

/** An environment may hold other names (`env 'A;B=1' sh`), but no shell has them as variables, and as words they would be commands. */
function isShellName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}

/** In single quotes, where a shell expands nothing. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}
