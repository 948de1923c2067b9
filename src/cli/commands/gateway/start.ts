// `gateway start`: the daemon in the background or as the service that is installed, unless it runs already.
import type { Command } from 'commander'
import type { GatewayClient } from '../../../client/connect.ts'
import type { Act, Context } from '../../context.ts'
import { canInstall } from '../../installed.ts'
import { gatewayStatus } from '../../gateway-status.ts'
import { untilEnded } from './stop.ts'

export function registerGatewayStart(gateway: Command, act: Act): void {
  gateway
    .command('start')
    .description('start the gateway, unless it runs already: the installed service, else in the background')
    .action(() => act(runGatewayStart))
}

export async function runGatewayStart(context: Context): Promise<number> {
  const { gateway, started } = await context.startGateway()
  const { pid, stopping, supervisor } = await gatewayStatus(gateway)
  if (stopping !== null) {
    await untilEnded(context, gateway, pid)
    return runGatewayStart(context)
  }
  if (started && supervisor === null) await hintAtInstall(context)
  return sayStarted(context, gateway, started)
}

/** @returns the exit status */
export async function sayStarted(context: Context, gateway: GatewayClient, started: boolean): Promise<number> {
  const { pid, http, socket } = await gatewayStatus(gateway)
  const where = http ?? socket
  context.io.print({ started, pid, http, socket }, () =>
    started ? `gateway started (pid ${pid}): ${where}` : `gateway already runs (pid ${pid}): ${where}`,
  )
  context.remarkVersion()
  return 0
}

/** Only where it can be done. */
async function hintAtInstall({ host, io }: Context): Promise<void> {
  if (await canInstall(host)) io.note('hint: to have it start by itself and stay up: traseai gateway install')
}
