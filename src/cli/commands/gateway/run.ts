// `gateway [run]`: the daemon in the foreground of this process.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Environment } from '../../../host.ts'
import type { Act, Context } from '../../context.ts'
import { renderLogLine } from '../../render/log-line.ts'
import type { Output } from '../../streams.ts'
import { unknownCommandHint } from '../../usage-hint.ts'

/** What the daemon's bundle exports. */
interface DaemonModule {
  runGateway(options: {
    readonly env: Environment
    readonly stdout: Output
    readonly onLogLine?: (line: string) => void
    readonly background: boolean
    readonly packageRoot: string
  }): Promise<number>
}

export function registerGatewayRun(gateway: Command, act: Act): void {
  // `gateway` alone runs it too. Commander would hand a mistyped `gateway strat` to a default command, hence the argument.
  gateway
    .argument('[command]')
    .usage('[options] [command]')
    .action((word: string | undefined) =>
      act((context) => {
        if (word !== undefined) {
          throw new TraseError('usage', `unknown command '${word}'`, { hint: unknownCommandHint(gateway, word) })
        }
        return runGatewayRun(context, { background: false })
      }),
    )
  gateway
    .command('run')
    .description('run the gateway in the foreground until it is told to stop')
    .option('--background', 'log to logs/gateway.log instead of the terminal')
    .action((options: { background?: true }) =>
      act((context) => runGatewayRun(context, { background: options.background ?? false })),
    )
}

export async function runGatewayRun(context: Context, options: { readonly background: boolean }): Promise<number> {
  const { host, io, packageRoot } = context
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const { background } = options
  const reader = background
    ? {}
    : { onLogLine: (line: string) => void io.stderr.write(`${io.json ? line : renderLogLine(line, io.paint)}\n`) }
  return daemon.runGateway({ env: host.env, stdout: io.stdout, background, packageRoot, ...reader })
}
