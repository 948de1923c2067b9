// `help [command...]`: what `--help` after that command prints.
import type { Command } from 'commander'
import { TraseError } from '../../errors.ts'
import type { Act } from '../context.ts'
import { unknownCommandHint } from '../usage-hint.ts'

export function registerHelp(program: Command, act: Act): void {
  program
    .command('help')
    .description('print what a command accepts, as --help does')
    .argument('[command...]', 'such as models status')
    .action((names: readonly string[]) =>
      act(() => {
        commandNamed(program, names).outputHelp()
        return Promise.resolve(0)
      }),
    )
}

/** @throws TraseError `usage` for a name that is none */
function commandNamed(program: Command, names: readonly string[]): Command {
  return names.reduce((command, name) => {
    const child = command.commands.find((each) => each.name() === name)
    if (child) return child
    throw new TraseError('usage', `unknown command '${name}'`, { hint: unknownCommandHint(command, name) })
  }, program)
}
