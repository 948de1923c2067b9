// `gateway reload`: reads the settings and every environment layer again.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'

export function registerGatewayReload(gateway: Command, act: Act): void {
  gateway
    .command('reload')
    .description('read traseai.json and every environment layer again, and say what changed')
    .action(() => act(runGatewayReload))
}

export async function runGatewayReload(context: Context): Promise<number> {
  const outcome = await (await context.runningGateway()).call('gateway.reload', {})
  const { configuration, restartNeeded, added, rotated, removed } = outcome
  const changes = [
    ...(configuration ? ['traseai.json changed'] : []),
    ...Object.entries({ added, rotated, removed })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${count === 1 ? 'key' : 'keys'} ${what}`),
  ]
  const { io } = context
  io.print(outcome, () => (changes.length === 0 ? 'nothing changed' : changes.join(', ')))
  if (restartNeeded.length > 0) io.note(`only a restart takes up ${restartNeeded.join(', ')}: traseai gateway restart`)
  return 0
}
