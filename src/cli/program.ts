// The tree of commands: what can be typed. Parsing, help, completion and the reference page all come from it.
import { Command } from 'commander'
import { version } from '../version.ts'
import { registerAuditLog } from './commands/audit/log.ts'
import { registerAuditShow } from './commands/audit/show.ts'
import { registerClientsIssue } from './commands/clients/issue.ts'
import { registerClientsList } from './commands/clients/list.ts'
import { registerClientsRevoke } from './commands/clients/revoke.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerEnvList } from './commands/env/list.ts'
import { registerEnvPath } from './commands/env/path.ts'
import { registerEnvSet } from './commands/env/set.ts'
import { registerEnvUnset } from './commands/env/unset.ts'
import { registerExec } from './commands/exec.ts'
import { registerGatewayLogs } from './commands/gateway/logs.ts'
import { registerGatewayReload } from './commands/gateway/reload.ts'
import { registerGatewayRestart } from './commands/gateway/restart.ts'
import { registerGatewayRun } from './commands/gateway/run.ts'
import { registerGatewayStart } from './commands/gateway/start.ts'
import { registerGatewayStatus } from './commands/gateway/status.ts'
import { registerGatewayStop } from './commands/gateway/stop.ts'
import { registerAuthEnable } from './commands/models/auth/enable.ts'
import { registerAuthExplain } from './commands/models/auth/explain.ts'
import { registerAuthList } from './commands/models/auth/list.ts'
import { registerCooldownClear } from './commands/models/auth/cooldown/clear.ts'
import { registerCooldownList } from './commands/models/auth/cooldown/list.ts'
import { registerOrderGet } from './commands/models/auth/order/get.ts'
import { registerHelp } from './commands/help.ts'
import { registerModelsStatus } from './commands/models/status.ts'
import { registerRpc } from './commands/rpc.ts'
import { registerShellenv } from './commands/shellenv.ts'
import type { Act } from './context.ts'
import { addHelpNote } from './help-note.ts'

/** What every command understands, before or after its name. */
export interface GlobalOptions {
  readonly json?: true
  readonly home?: string
  readonly color: boolean
  readonly start: boolean
}

/** @param act runs the work of the command that was typed; see `Act` */
export function buildProgram(act: Act): Command {
  const program = new Command('traseai')
    .description("Keeps this host's AI-provider credentials and hands the right one to each model request.")
    .option('--json', 'print one JSON value on stdout; errors as JSON on stderr')
    .option('--home <dir>', 'the directory that holds everything (TRASEAI_HOME; default ~/.traseai)')
    .option('--no-color', 'no colours (also NO_COLOR; FORCE_COLOR forces them)')
    .option('--no-start', 'do not start the gateway when it is not running')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print what a command accepts')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 16, subcommandTerm: (command) => command.name() })
    .showSuggestionAfterError()
    .exitOverride()

  registerGateway(program, act)
  registerModels(program, act)

  const env = group(program, 'env', 'the API keys in ~/.traseai/.env and in the environment')
  for (const register of [registerEnvList, registerEnvSet, registerEnvUnset, registerEnvPath]) register(env, act)
  addHelpNote(env, [
    'For each provider, such as ANTHROPIC or OPENAI, in this order:',
    ['TRASEAI_LIVE_<P>_KEY', 'while it is set, no other key is used'],
    ['<P>_API_KEYS', 'a list: white space, commas or semicolons between the keys'],
    ['<P>_API_KEY', 'one key'],
    ['<P>_API_KEY_*', 'further ones, by name'],
    'A variable is looked up in the environment the gateway was started in, then in .env, then (with env.shellEnv.enabled) in the login shell. A change of .env takes effect without a restart; one of the environment needs: traseai gateway restart',
  ])

  const clients = group(program, 'clients', 'tokens for the programs that use the gateway')
  for (const register of [registerClientsIssue, registerClientsList, registerClientsRevoke]) register(clients, act)

  registerExec(program, act)
  registerShellenv(program, act)

  const audit = group(program, 'audit', 'what happened to each credential')
  for (const register of [registerAuditLog, registerAuditShow]) register(audit, act)

  registerRpc(program, act)
  registerCompletion(program, act)
  registerHelp(program, act)
  addHelpNote(program, [
    'To begin:',
    ['traseai env set ANTHROPIC_API_KEY', 'give the gateway a key'],
    ['traseai models status', 'see what it makes of it'],
    ['traseai exec -- YOUR-PROGRAM', 'run anything that uses an AI SDK with it'],
  ])
  return program
}

function registerGateway(program: Command, act: Act): void {
  const gateway = group(program, 'gateway', 'the daemon (alone: run it in the foreground)')
  for (const register of [
    registerGatewayRun,
    registerGatewayStart,
    registerGatewayStop,
    registerGatewayRestart,
    registerGatewayStatus,
    registerGatewayReload,
    registerGatewayLogs,
  ]) {
    register(gateway, act)
  }
}

function registerModels(program: Command, act: Act): void {
  const models = group(program, 'models', 'providers and the credentials their models are served with')
  registerModelsStatus(models, act)

  const auth = group(models, 'auth', 'the credentials of a provider, and the order they are used in')
  for (const register of [registerAuthList, registerAuthExplain, registerAuthEnable]) register(auth, act)
  registerOrderGet(group(auth, 'order', 'the order of the credentials of a provider'), act)

  const cooldown = group(auth, 'cooldown', 'credentials that a provider refused for their rate')
  for (const register of [registerCooldownList, registerCooldownClear]) register(cooldown, act)
}

function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).helpCommand(false)
}
