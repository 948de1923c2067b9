// `gateway restart`: stops the gateway if it runs, and starts it in the background.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'
import { runGatewayStart } from './start.ts'
import { stopGateway } from './stop.ts'

export function registerGatewayRestart(gateway: Command, act: Act): void {
  gateway
    .command('restart')
    .description('stop the gateway if it runs, and start it in the background')
    .action(() => act(runGatewayRestart))
}

export async function runGatewayRestart(context: Context): Promise<number> {
  const pid = await stopGateway(context)
  context.io.note(pid === null ? `no gateway ran for ${context.host.paths.home}` : `stopped the gateway (pid ${pid})`)
  return runGatewayStart(context)
}
