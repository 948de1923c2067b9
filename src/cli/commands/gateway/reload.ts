// `gateway reload`: reads the settings and every environment layer again.
import type { Command } from 'commander'
import { errorCatalogue } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { renderProblem } from '../../render/problem.ts'

export function registerGatewayReload(gateway: Command, act: Act): void {
  gateway
    .command('reload')
    .description(
      'read traseai.json and every environment layer again, and say what changed; exit status 78 if one is broken',
    )
    .action(() => act(runGatewayReload))
}

export async function runGatewayReload(context: Context): Promise<number> {
  const gateway = await context.runningGateway()
  const outcome = await gateway.call('gateway.reload', {})
  const { configuration, restartNeeded, added, rotated, removed } = outcome
  const changes = [
    ...(configuration ? ['traseai.json changed'] : []),
    ...Object.entries({ added, rotated, removed })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${count === 1 ? 'key' : 'keys'} ${what}`),
  ]
  const { io } = context
  const { configuration: settings, environment } = await gateway.call('gateway.status', {})
  const isWhole = settings.ok && environment.ok
  // What is broken may hold changes, so nobody can say that there are none.
  const none = isWhole ? 'nothing changed' : 'nothing could be taken up'
  io.print(outcome, () => (changes.length === 0 ? none : changes.join(', ')))
  if (restartNeeded.length > 0) io.note(`only a restart takes up ${restartNeeded.join(', ')}: traseai gateway restart`)
  for (const problem of [...settings.problems, ...environment.problems]) io.note(renderProblem(problem))
  if (isWhole) return 0
  io.note('note: what cannot be used changes nothing: the last good state stays in use')
  return errorCatalogue.configuration_invalid.exitStatus
}
