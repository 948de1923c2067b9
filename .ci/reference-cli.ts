// The reference of the command line, walked from the same tree that parses it.
import type { Command } from 'commander'
import { buildProgram } from '../src/cli/program.ts'

export function cliPage(): string {
  const program = buildProgram(async () => undefined)
  const intro = `${program.description()}

Data goes to standard output, everything else to standard error. Secrets are taken from a prompt or standard input, never from an argument.

| everywhere | |
|---|---|
${optionRows(program)}

Exit statuses: see [errors](errors.md). \`models status --check\` has its own: 1 expired or missing, 2 expiring.`
  return [intro, ...leaves(program, []).map(section)].join('\n\n')
}

interface Leaf {
  readonly path: readonly string[]
  readonly command: Command
}

/** Every command that can be run, depth first, in the order of --help. */
function leaves(command: Command, path: readonly string[]): Leaf[] {
  const here = [...path, command.name()]
  const below = command.commands.flatMap((child) => leaves(child, here))
  return command.commands.length === 0 ? [{ path: here, command }] : below
}

function section({ path, command }: Leaf): string {
  const signature = [...path, command.usage().replace(/^\[options\] ?/, '')].join(' ').trim()
  const options = command.options.length > 0 ? `\n\n| option | |\n|---|---|\n${optionRows(command)}` : ''
  return `## ${signature}\n\n${command.description()}${options}`
}

function optionRows(command: Command): string {
  return command.options
    .filter((option) => !option.hidden)
    .map((option) => `| \`${cell(option.flags)}\` | ${cell(option.description)} |`)
    .join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
