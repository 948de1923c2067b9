// `completion`: a script that completes commands and options in the user's shell, made from the tree of commands.
import { Argument, type Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { completionScript, type Shell } from '../completion-script.ts'

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[]

export function registerCompletion(program: Command, act: Act): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .addHelpText(
      'after',
      '\nbash: source <(traseai completion bash)\nzsh:  source <(traseai completion zsh)\nfish: traseai completion fish | source',
    )
    .action((shell: Shell) => act((context) => runCompletion(context, program, shell)))
}

export function runCompletion({ io }: Context, program: Command, shell: Shell): Promise<number> {
  io.line(completionScript(program, shell).trimEnd())
  return Promise.resolve(0)
}
