// The completion scripts, run by the shells they are for.
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { completionScript } from '../../src/cli/completion-script.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { cleanEnvironment } from '../support/gateway-process.ts'
import { temporaryHome } from './run-cli.ts'

const program = buildProgram(() => Promise.resolve())

/** What bash offers at the end of a line. */
function complete(line: string): string[] {
  const words = line.split(' ')
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_traseai; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter(Boolean)
}

describe('completion in bash', () => {
  it('offers the commands', () => {
    expect(complete('traseai ')).toEqual(expect.arrayContaining(['gateway', 'models', 'exec', 'completion']))
  })

  it('offers the subcommands of a command, however deep', () => {
    expect(complete('traseai models auth c')).toEqual(['cooldown'])
    expect(complete('traseai models auth cooldown ')).toEqual(['list', 'clear'])
  })

  it('offers options, the global ones too, and is not confused by those already typed', () => {
    expect(complete('traseai --json models status --')).toEqual(
      expect.arrayContaining(['--check', '--agent', '--json', '--help']),
    )
  })

  it('offers the fixed values of an argument', () => {
    expect(complete('traseai completion ')).toEqual(['bash', 'zsh', 'fish'])
  })
})

/** Runs a script from a file: fish reads none from a socket, which is what `input` would be. */
function runScript(
  shell: string,
  options: readonly string[],
  script: string,
): { status: number | null; stdout: string; stderr: string } {
  const { home, remove } = temporaryHome()
  const file = join(home, 'script')
  writeFileSync(file, script)
  const { status, stdout, stderr } = spawnSync(shell, [...options, file], {
    encoding: 'utf8',
    env: cleanEnvironment(home),
  })
  remove()
  return { status, stdout, stderr }
}

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

describe('the script', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    it.skipIf(!has(shell))(`is accepted by ${shell} (needs it)`, () => {
      const run = runScript(shell, ['-n'], completionScript(program, shell))
      expect(run).toEqual({ status: 0, stdout: '', stderr: '' })
    })
  }

  it.skipIf(!has('fish'))('offers the same in fish (needs fish)', () => {
    const lines = ['traseai models auth cooldown ', 'traseai gateway st'].map((line) => `complete -C '${line}'`)
    const { stdout } = runScript('fish', ['--no-config'], [completionScript(program, 'fish'), ...lines].join('\n'))
    const offered = stdout.split('\n').map((line) => line.split('\t', 1)[0])
    expect(offered.slice(0, -1)).toEqual(['clear', 'list', 'start', 'status', 'stop'])
  })

  it.skipIf(!has('zsh'))('offers the same in zsh (needs zsh)', () => {
    // Outside of an interactive shell the completion system is replaced by what prints its words.
    const script = `compdef() { }; _describe() { print -l -- "\${(@P)@[-1]%%:*}" }; _files() { }
${completionScript(program, 'zsh')}
words=(traseai models auth cooldown ''); CURRENT=5; _traseai
words=(traseai gateway --js); CURRENT=3; _traseai`
    const { stdout } = runScript('zsh', ['-f'], script)
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['list', 'clear', '--json', '--help']))
  })
})
