// `env unset NAME`: removes one variable from .env.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { sourceText } from '../../render/candidate.ts'
import { suggest } from '../../../domain/suggest.ts'

export function registerEnvUnset(env: Command, act: Act): void {
  env
    .command('unset')
    .description('remove a variable from .env')
    .argument('<name>', 'the variable')
    .action((name: string) => act((context) => runEnvUnset(context, name)))
}

export async function runEnvUnset(context: Context, name: string): Promise<number> {
  const gateway = await context.gateway()
  const outcome = await gateway.call('env.unset', { name })
  if (!outcome.removed) throw await notThere(context, name)
  context.io.print(outcome, () => `${name} is no longer in ${context.host.paths.envFile}`)
  if (outcome.stillSetIn) {
    const { name: still, kind } = outcome.stillSetIn
    context.io.note(`note: ${still} is still set in the gateway's ${sourceText(kind)}`)
  }
  return 0
}

async function notThere(context: Context, name: string): Promise<TraseError> {
  const { variables } = await (await context.gateway()).call('env.list', {})
  const inFile = variables.filter(({ source }) => source.kind === 'env-file').map((variable) => variable.name)
  const nearest = suggest(name, inFile)
  const hint = nearest === undefined ? 'see what is there: traseai env list' : `did you mean ${nearest}?`
  return new TraseError('not_found', `${name} is not in ${context.host.paths.envFile}`, { hint })
}
