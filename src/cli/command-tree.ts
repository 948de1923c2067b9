// The tree of commands: what can be typed. Parsing, help, completion and the reference page all come from it.
import type { Command } from 'commander'
import { registerAuditLog } from './commands/audit/log.ts'
import { registerAuditShow } from './commands/audit/show.ts'
import { registerBackup } from './commands/backup.ts'
import { registerChat } from './commands/chat.ts'
import { registerClientsIssue } from './commands/clients/issue.ts'
import { registerClientsList } from './commands/clients/list.ts'
import { registerClientsRevoke } from './commands/clients/revoke.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerEnvList } from './commands/env/list.ts'
import { registerEnvPath } from './commands/env/path.ts'
import { registerEnvSet } from './commands/env/set.ts'
import { registerEnvUnset } from './commands/env/unset.ts'
import { registerExec } from './commands/exec.ts'
import { registerGatewayInstall } from './commands/gateway/install.ts'
import { registerGatewayLogs } from './commands/gateway/logs.ts'
import { registerGatewayReload } from './commands/gateway/reload.ts'
import { registerGatewayRestart } from './commands/gateway/restart.ts'
import { registerGatewayRollback } from './commands/gateway/rollback.ts'
import { registerGatewayRun } from './commands/gateway/run.ts'
import { registerGatewayStart } from './commands/gateway/start.ts'
import { registerGatewayStatus } from './commands/gateway/status.ts'
import { registerGatewayStop } from './commands/gateway/stop.ts'
import { registerGatewayUninstall } from './commands/gateway/uninstall.ts'
import { registerAddReference } from './commands/models/auth/add-reference.ts'
import { registerAuthDisable } from './commands/models/auth/disable.ts'
import { registerAuthEnable } from './commands/models/auth/enable.ts'
import { registerAuthExplain } from './commands/models/auth/explain.ts'
import { registerAuthList } from './commands/models/auth/list.ts'
import { registerPasteApiKey, registerPasteToken } from './commands/models/auth/paste.ts'
import { registerAuthRemove } from './commands/models/auth/remove.ts'
import { registerSetupToken } from './commands/models/auth/setup-token.ts'
import { registerCooldownClear } from './commands/models/auth/cooldown/clear.ts'
import { registerCooldownList } from './commands/models/auth/cooldown/list.ts'
import { registerOrderClear } from './commands/models/auth/order/clear.ts'
import { registerOrderGet } from './commands/models/auth/order/get.ts'
import { registerOrderSet } from './commands/models/auth/order/set.ts'
import { registerHelp } from './commands/help.ts'
import { registerModelsList } from './commands/models/list.ts'
import { registerModelsSet } from './commands/models/set.ts'
import { registerModelsStatus } from './commands/models/status.ts'
import { registerModelsUsage } from './commands/models/usage.ts'
import { registerNotifyList } from './commands/notify/list.ts'
import { registerNotifyTest } from './commands/notify/test.ts'
import { registerRestore } from './commands/restore.ts'
import { registerRpc } from './commands/rpc.ts'
import { registerShellenv } from './commands/shellenv.ts'
import { registerVaultRekey } from './commands/vault/rekey.ts'
import { registerVaultStatus } from './commands/vault/status.ts'
import { registerVaultUnlock } from './commands/vault/unlock.ts'
import { registerOnboard } from './commands/onboard.ts'
import type { Act } from './context.ts'
import type { HelpLine } from './help-note.ts'

type Register = (parent: Command, act: Act) => void

/** Commands below one word, in the order of --help. */
export interface Group {
  readonly description: string
  /** What its help ends with. */
  readonly notes?: readonly HelpLine[]
  readonly commands: Readonly<Record<string, Register | Group>>
}

export const commandTree: Group['commands'] = {
  gateway: {
    description: 'the daemon (alone: run it in the foreground)',
    commands: {
      run: registerGatewayRun,
      start: registerGatewayStart,
      stop: registerGatewayStop,
      restart: registerGatewayRestart,
      status: registerGatewayStatus,
      reload: registerGatewayReload,
      logs: registerGatewayLogs,
      install: registerGatewayInstall,
      uninstall: registerGatewayUninstall,
      rollback: registerGatewayRollback,
    },
  },
  models: {
    description: 'providers and the credentials their models are served with',
    commands: {
      status: registerModelsStatus,
      list: registerModelsList,
      set: registerModelsSet,
      usage: registerModelsUsage,
      auth: {
        description: 'the credentials of a provider, and the order they are used in',
        commands: {
          list: registerAuthList,
          'paste-token': registerPasteToken,
          'paste-api-key': registerPasteApiKey,
          'setup-token': registerSetupToken,
          'add-reference': registerAddReference,
          remove: registerAuthRemove,
          enable: registerAuthEnable,
          disable: registerAuthDisable,
          explain: registerAuthExplain,
          order: {
            description: 'the order of the credentials of a provider',
            commands: { get: registerOrderGet, set: registerOrderSet, clear: registerOrderClear },
          },
          cooldown: {
            description: 'credentials that a provider refused for their rate',
            commands: { list: registerCooldownList, clear: registerCooldownClear },
          },
        },
      },
    },
  },
  env: {
    description: 'the API keys in ~/.traseai/.env and in the environment',
    notes: [
      'For each provider, such as ANTHROPIC or OPENAI, in this order:',
      ['TRASEAI_LIVE_<P>_KEY', 'while it is set, no other key is used'],
      ['<P>_API_KEYS', 'a list: white space, commas or semicolons between the keys'],
      ['<P>_API_KEY', 'one key'],
      ['<P>_API_KEY_*', 'further ones, by name'],
      'A variable is looked up in the environment the gateway was started in, then in .env, then (with env.shellEnv.enabled) in the login shell. A change of .env takes effect without a restart; one of the environment needs: traseai gateway restart',
    ],
    commands: { list: registerEnvList, set: registerEnvSet, unset: registerEnvUnset, path: registerEnvPath },
  },
  vault: {
    description: 'where stored secrets are sealed, and the key that opens them',
    commands: { status: registerVaultStatus, unlock: registerVaultUnlock, rekey: registerVaultRekey },
  },
  clients: {
    description: 'tokens for the programs that use the gateway',
    commands: { issue: registerClientsIssue, list: registerClientsList, revoke: registerClientsRevoke },
  },
  onboard: registerOnboard,
  chat: registerChat,
  exec: registerExec,
  shellenv: registerShellenv,
  audit: {
    description: 'what happened to each credential',
    commands: { log: registerAuditLog, show: registerAuditShow },
  },
  notify: {
    description: 'who is told when a credential is about to end, and of other trouble',
    commands: { list: registerNotifyList, test: registerNotifyTest },
  },
  backup: registerBackup,
  restore: registerRestore,
  doctor: registerDoctor,
  rpc: registerRpc,
  completion: registerCompletion,
  help: registerHelp,
}
