// `env set NAME`: writes one key to .env; the value comes from a prompt or standard input, never from an argument.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import { readSecret } from '../../read-secret.ts'
import { sourceText } from '../../render/candidate.ts'
import { valueInArguments } from '../../value-in-arguments.ts'

export function registerEnvSet(env: Command, act: Act): void {
  env
    .command('set')
    .description('write a key to .env; its value is asked for, or read from standard input')
    .argument('<name>', 'the variable, such as ANTHROPIC_API_KEY')
    .usage('[options] <name>')
    // Taken so that a value typed here is refused with the reason, and not echoed.
    .argument('[value...]', 'refused: arguments can be seen by others')
    .action((name: string, values: readonly string[]) => act((context) => runEnvSet(context, name, values)))
}

export async function runEnvSet(context: Context, name: string, values: readonly string[]): Promise<number> {
  const { io } = context
  if (values.length > 0 || name.includes('=')) throw valueInArguments(`traseai env set ${name.split('=', 1)[0] ?? ''}`)
  // Before the question: nobody should paste a key to learn that no gateway can take it.
  const gateway = await context.gateway()
  const given = await readSecret(io, `value of ${name} (not shown): `)
  if (given === null) return exitStatus.interrupted
  const value = io.stdin.isTTY === true && !name.endsWith('_API_KEYS') ? unwrapped(given) : given
  if (value.trim() === '') throw noValue(name)
  const outcome = await gateway.call('env.set', { name, value })
  io.print(outcome, () => {
    const made = outcome.profileIds.length > 0 ? outcome.profileIds.join(', ') : 'no credential of its own'
    return `${name} is in ${context.host.paths.envFile}: ${made}`
  })
  for (const note of outcome.notes) io.note(`note: ${note}`)
  const { shadowedBy } = outcome
  if (shadowedBy) {
    io.note(`note: the gateway still uses ${shadowedBy.name} of its ${sourceText(shadowedBy.kind)}, which comes first`)
    io.note(`hint: unset it there and run: traseai gateway restart`)
  }
  return exitStatus.ok
}

/** A single key that a terminal wrapped; in a list of keys, line ends stand between them. */
function unwrapped(pasted: string): string {
  return pasted.replace(/\s*\n\s*/g, '')
}

function noValue(name: string): TraseError {
  return new TraseError('value_refused', `no value for ${name}: nothing was written`, {
    hint: `type it when asked, or: printf %s "$VALUE" | traseai env set ${name}; to remove it: traseai env unset ${name}`,
  })
}
