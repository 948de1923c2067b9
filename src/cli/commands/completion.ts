// `completion`: a script that completes commands and options in the user's shell, made from the tree of commands.
import { Argument, type Command } from 'commander'
import { addHelpNote } from '../help-note.ts'
import type { Act, Context } from '../context.ts'
import { completionScript, type Shell } from '../completion-script.ts'

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[]

export function registerCompletion(program: Command, act: Act): void {
  const command = program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .action((shell: Shell) => act((context) => runCompletion(context, program, shell)))
  addHelpNote(command, [
    'bash: source <(traseai completion bash)',
    'zsh: source <(traseai completion zsh)',
    'fish: traseai completion fish | source',
  ])
}

export function runCompletion({ io }: Context, program: Command, shell: Shell): Promise<number> {
  io.line(completionScript(program, shell).trimEnd())
  return Promise.resolve(0)
}
