// `env list`: each variable that holds a key, where it comes from, and which credentials it makes.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { last4Text, sourceText } from '../../render/candidate.ts'
import { renderProblem } from '../../render/problem.ts'
import { renderTable } from '../../render/table.ts'
import { wrapNote } from '../../render/wrap-note.ts'

type Variable = Result<'env.list'>['variables'][number]

export function registerEnvList(env: Command, act: Act): void {
  env
    .command('list')
    .description('list the variables that hold keys, without their values')
    .action(() => act(runEnvList))
}

export async function runEnvList(context: Context): Promise<number> {
  const { io } = context
  const list = await (await context.gateway()).call('env.list', {})
  io.print(list, () => (list.variables.length === 0 ? 'No keys found' : render(list.variables, context)))
  for (const problem of list.problems) io.note(renderProblem(problem))
  for (const variable of list.variables) tellHidden(context, variable)
  if (list.variables.length === 0) io.note(`hint: traseai env set ANTHROPIC_API_KEY, or edit ${list.file}`)
  return 0
}

/** Somebody changed the key where it has no effect. */
function tellHidden({ io }: Context, { name, source, shadows }: Variable): void {
  for (const place of shadows.filter(({ differs }) => differs)) {
    const [winner, loser] = [layerText(source.kind), layerText(place.kind)]
    io.note(`note: ${name} of ${loser} is not used: ${winner} has another value for it, which goes first`)
    io.note(`hint: unset ${name} where the gateway is started, then: traseai gateway restart`)
  }
}

function render(variables: readonly Variable[], { io }: Context): string {
  const rows = variables.map((variable) => [
    variable.name,
    variable.provider,
    sourceText(variable.source.kind),
    variable.credentials.map(({ last4 }) => last4Text(last4)).join(' ') || '-',
    notes(variable).join('; '),
  ])
  const columns = [
    { title: 'VARIABLE' },
    { title: 'PROVIDER' },
    { title: 'FROM' },
    { title: 'KEY', wraps: true },
    { title: 'NOTES', wraps: true },
  ]
  const table = renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
  return [table, '', ...changes(variables, io)].join('\n')
}

/** For each layer that is there: what it takes until the gateway has a new value. */
const changeWords = {
  none: 'takes effect at once',
  reload: 'needs: traseai gateway reload',
  restart: 'needs: traseai gateway restart (from where the new value is set)',
} as const satisfies Record<Variable['change'], string>

function changes(variables: readonly Variable[], { width }: Context['io']): string[] {
  const layers = new Map(variables.map(({ source, change }) => [layerText(source.kind), change]))
  return [...layers].map(([layer, change]) => wrapNote(`a change in ${layer} ${changeWords[change]}`, width))
}

function notes({
  name,
  provider,
  shadows,
  credentials,
}: Pick<Variable, 'name' | 'provider' | 'shadows' | 'credentials'>): string[] {
  const own = `${provider}:${name}`
  const ids = credentials.map(({ profileId }) => profileId).filter((id) => id !== own)
  const members = ids.filter((id) => id.startsWith(`${own}#`))
  return [
    ...(members.length > 0 ? [members.join(', ')] : []),
    ...ids.filter((id) => !members.includes(id)).map((id) => `same key as ${id}`),
    ...(credentials.length === 0 ? ['same key as another variable'] : []),
    ...shadows.map(
      ({ kind, differs }) => `hides ${differs ? 'another value' : 'the same value'} in ${sourceText(kind)}`,
    ),
  ]
}

function layerText(kind: Variable['source']['kind']): string {
  return kind === 'env-file' ? sourceText(kind) : `the ${sourceText(kind)}`
}
