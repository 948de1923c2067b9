// `gateway start`: the daemon in the background, unless it runs already.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'
import { untilEnded } from './stop.ts'

export function registerGatewayStart(gateway: Command, act: Act): void {
  gateway
    .command('start')
    .description('start the gateway in the background, unless it runs already')
    .action(() => act(runGatewayStart))
}

export async function runGatewayStart(context: Context): Promise<number> {
  const { gateway, started } = await context.startGateway()
  const { pid, http, socket, stopping } = await gateway.call('gateway.status', {})
  if (stopping !== null) {
    await untilEnded(context, gateway, pid)
    return runGatewayStart(context)
  }
  const where = http ?? socket
  context.io.print({ started, pid, http, socket }, () =>
    started ? `gateway started (pid ${pid}): ${where}` : `gateway already runs (pid ${pid}): ${where}`,
  )
  context.remarkVersion()
  return 0
}
