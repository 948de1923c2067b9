// `env list`: each variable that holds a key, where it comes from, and which credentials it makes.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { last4Text, sourceText } from '../../render/candidate.ts'
import { renderProblem } from '../../render/problem.ts'
import { renderTable } from '../../render/table.ts'

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
  if (list.variables.length === 0) io.note(`hint: traseai env set ANTHROPIC_API_KEY, or edit ${list.file}`)
  return 0
}

function render(variables: Result<'env.list'>['variables'], { io }: Context): string {
  const rows = variables.map(({ name, provider, source, shadows, credentials }) => [
    name,
    provider,
    sourceText(source.kind),
    credentials.map(({ last4 }) => last4Text(last4)).join(' ') || '-',
    notes({ name, provider, shadows, credentials }).join('; '),
  ])
  const columns = [
    { title: 'VARIABLE' },
    { title: 'PROVIDER' },
    { title: 'FROM' },
    { title: 'KEY', wraps: true },
    { title: 'NOTES', wraps: true },
  ]
  return renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
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
    ...shadows.map((place) => `hides the one of ${sourceText(place.kind)}`),
  ]
}
