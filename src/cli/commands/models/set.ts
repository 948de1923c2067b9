// `models set MODEL`: the default model, written to traseai.json.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import { giveKeyHint } from '../../give-key-hint.ts'

interface SetOptions {
  readonly unset?: true
}

export function registerModelsSet(models: Command, act: Act): void {
  models
    .command('set')
    .description('set the default model in traseai.json; comments and layout there stay')
    .argument('[model]', 'such as anthropic/claude-sonnet-4-5, or an alias')
    .option('--unset', 'have no default model')
    .action((model: string | undefined, options: SetOptions) => act((context) => runModelsSet(context, model, options)))
}

export async function runModelsSet(
  context: Context,
  model: string | undefined,
  { unset }: SetOptions,
): Promise<number> {
  if ((model === undefined) !== (unset === true)) {
    const message = unset ? 'a model and --unset exclude each other' : 'which model?'
    throw new TraseError('usage', message, { hint: 'traseai models set <provider>/<model>, or --unset' })
  }
  const gateway = await context.gateway()
  const outcome = await gateway.call('models.set', { model: model ?? null })
  const { model: now, before, next } = outcome
  context.io.print(outcome, () => {
    if (now === before) return now === null ? 'there was no default model' : `the default model is ${now} already`
    const was = before === null ? '' : ` (it was ${before})`
    return now === null ? `there is no default model any more${was}` : `the default model is ${now}${was}`
  })
  if (now !== null && next === null) {
    const provider = now.slice(0, now.indexOf('/'))
    context.io.note(`note: ${provider} has no usable credential`)
    context.io.note(`hint: ${giveKeyHint(provider)}; see: traseai models status`)
  }
  return exitStatus.ok
}
