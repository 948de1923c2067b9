// What a person sees at a terminal: colours, widths, prompts. A real pseudo-terminal, made by script(1).
import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

// util-linux; the one of macOS takes other arguments.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({ env: { ANTHROPIC_API_KEY: fakeKey('AAAA') } })
})
afterAll(() => cli.gateway.stop())

interface Terminal {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

function openTerminal(args: string, { columns = 80, env = {} }: Terminal = {}) {
  const command = `stty cols ${columns}; "${process.execPath}" "${programPath}" --no-start ${args}; echo "status $?"`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: cleanEnvironment(cli.gateway.home, { TERM: 'xterm', SHELL: '/bin/sh', ...env }),
  })
  let screen = ''
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString().replaceAll('\r\n', '\n')))
  const end = new Promise<string>((resolve) => child.on('close', () => resolve(screen)))
  return { type: (text: string) => child.stdin.write(text), screen: () => screen, end }
}

const escape = '\u001b['

describe.skipIf(!hasScript)('at a terminal (needs script of util-linux)', () => {
  it.each([
    ['', {}, true],
    ['--no-color', {}, false],
    ['', { NO_COLOR: '1' }, false],
    ['', { TERM: 'dumb' }, false],
    ['--no-color', { FORCE_COLOR: '1' }, false],
  ])('%j with %j has colours: %j', async (option, env, coloured) => {
    const screen = await openTerminal(`models status ${option}`, { env }).end
    expect(screen.includes(escape)).toBe(coloured)
  })

  it('no line is wider than a terminal of 40 columns', async () => {
    for (const args of [
      'models status --no-color',
      'models auth list',
      'audit log',
      'models --help',
      'exec --help',
      'env list',
    ]) {
      const screen = await openTerminal(args, { columns: 40, env: { NO_COLOR: '1' } }).end
      expect(screen).toContain('status 0')
      // A usage line is one line, to be copied.
      const lines = screen.split('\n').filter((line) => !line.startsWith('Usage: '))
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
    }
  })

  it('a complaint fits it, too, however many names it lists', async () => {
    const screen = await openTerminal('models auth explain --provider nobody', { columns: 40 }).end
    expect(screen).toContain('hint: known providers: ')
    expect(screen).toContain('status 66')
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  })

  it('env set asks for the key, and does not show what is typed', async () => {
    const terminal = openTerminal('env set XAI_API_KEY')
    await until(() => terminal.screen().includes('value of XAI_API_KEY (not shown): '))
    terminal.type(`${fakeKey('BBBBx')}\u007f\u001b[D\r`)
    const screen = await terminal.end
    expect(screen).toMatch(/XAI_API_KEY is in \S+\/\.env: xai:XAI_API_KEY\n(note: .*\n)?status 0/)
    expect(screen).not.toContain('sk-ant')
    expect(await readFile(join(cli.gateway.home, '.env'), 'utf8')).toBe(`XAI_API_KEY=${fakeKey('BBBB')}\n`)
  })

  it('Ctrl-C at the prompt ends it with exit status 130, and nothing is written', async () => {
    const terminal = openTerminal('env set GROQ_API_KEY')
    await until(() => terminal.screen().includes('(not shown): '))
    terminal.type('gsk_\u0003')
    expect(await terminal.end).toContain('status 130')
    expect(await readFile(join(cli.gateway.home, '.env'), 'utf8')).not.toContain('GROQ')
  })
})

describe('in a pipe', () => {
  it('there is no colour, unless FORCE_COLOR asks for it', async () => {
    expect((await cli.run('models', 'status')).stdout).not.toContain(escape)
    expect((await cli.runWith({ env: { FORCE_COLOR: '1' } }, 'models', 'status')).stdout).toContain(escape)
  })
})
