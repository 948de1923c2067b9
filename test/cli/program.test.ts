// The tree of commands: what is left out of it for a command line is nothing that command line can tell.
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'

const act = () => Promise.resolve()
const whole = buildProgram(act)

/** The words of every command and of every group. */
function paths(command: Command): string[][] {
  return command.commands.flatMap((child) => [[child.name()], ...paths(child).map((path) => [child.name(), ...path])])
}

function find(program: Command, path: readonly string[]): Command | undefined {
  let command: Command | undefined = program
  for (const word of path) command = command?.commands.find((child) => child.name() === word)
  return command
}

describe('a command', () => {
  it.each(paths(whole).map((path) => [path.join(' '), path] as const))(
    '%s is the same in its own program',
    (_, path) => {
      const program = buildProgram(act, { argv: path })
      expect(find(program, path)?.helpInformation()).toBe(find(whole, path)?.helpInformation())
    },
  )

  it('is built without its neighbours', () => {
    const program = buildProgram(act, { argv: ['models', 'status', 'auth', '--json'] })
    expect(paths(program)).toEqual([['models'], ['models', 'status']])
  })

  it.each([[[]], [['--json', 'models', 'status']], [['modls']], [['--home', 'env', 'models', 'status']], [['--help']]])(
    'that does not stand first makes the whole tree: %j',
    (argv) => {
      expect(paths(buildProgram(act, { argv }))).toEqual(paths(whole))
    },
  )

  it.each([[['completion', 'bash']], [['help', 'models', 'status']]])('about the tree gets all of it: %j', (argv) => {
    expect(paths(buildProgram(act, { argv }))).toEqual(paths(whole))
  })
})
