// What the program says, and exits with, before any gateway is asked.
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { runCli, temporaryHome } from './run-cli.ts'

let home: string
let remove: () => void
beforeEach(() => ({ home, remove } = temporaryHome()))
afterEach(() => remove())

const run = (...args: string[]) => runCli(home, args)

describe('help and version', () => {
  it('are data: on stdout, with exit status 0', async () => {
    const help = await run('--help')
    expect(help).toMatchObject({ status: 0, stderr: '' })
    expect(help.stdout).toContain('models')
    expect(await run('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    })
  })

  it('of a command name its options and the global ones', async () => {
    const { stdout } = await run('models', 'status', '--help')
    expect(stdout).toContain('--check')
    expect(stdout).toContain('--no-start')
  })

  it('come on stderr when a subcommand is missing, with exit status 64', async () => {
    expect(await run('models')).toMatchObject({
      status: 64,
      stdout: '',
      stderr: expect.stringContaining('auth') as string,
    })
    expect(await run()).toMatchObject({ status: 64, stdout: '' })
  })
})

describe('a mistake on the command line', () => {
  it.each([
    [['modls'], "traseai: unknown command 'modls'\nhint: did you mean models?\n"],
    [['models', 'statsu'], "traseai: unknown command 'statsu'\nhint: did you mean status?\n"],
    [
      ['chat', 'hello'],
      'traseai: too many arguments for \'chat\'. Expected 0 arguments but got 1.\nhint: a message comes through a pipe: echo "your question" | traseai chat\n',
    ],
    [['gateway', 'strat'], "traseai: unknown command 'strat'\nhint: did you mean start?\n"],
    [['models', 'status', '--chek'], "traseai: unknown option '--chek'\nhint: did you mean --check?\n"],
    [
      ['models', 'auth', 'explain'],
      'traseai: which provider?\nhint: traseai models auth explain --provider <id>, such as anthropic; see which have credentials: traseai models status\n',
    ],
    [
      ['models', 'auth', 'explain', '--provder', 'openai'],
      "traseai: unknown option '--provder'\nhint: did you mean --provider?\n",
    ],
    [['help', 'modles'], "traseai: unknown command 'modles'\nhint: did you mean models?\n"],
    [
      ['audit', 'show', 'x'],
      "traseai: command-argument value 'x' is invalid for argument 'position'. A whole number from 1 to 9007199254740991 is needed.\nhint: see: traseai audit show --help\n",
    ],
    [
      ['audit', 'log', '-f', '--until', '1h'],
      "traseai: option '--until <when>' cannot be used with option '-f, --follow'\nhint: see: traseai audit log --help\n",
    ],
    [
      ['--home', '', 'env', 'path'],
      "traseai: option '--home <dir>' argument '' is invalid. The name of a directory is needed.\nhint: see: traseai env path --help\n",
    ],
    [['exec'], 'traseai: which program?\nhint: traseai exec -- <command> [args...]\n'],
    [
      ['exec', 'ls', '-l'],
      "traseai: unknown option '-l'\nhint: options of the program go behind --: traseai exec -- ls -l\n",
    ],
    [
      ['exec', '--provider', 'openai', 'python', '--josn', 'a b'],
      "traseai: unknown option '--josn'\nhint: options of the program go behind --: traseai exec --provider openai -- python --josn …\n",
    ],
    [['exec', '--provder', 'x', '--', 'ls'], "traseai: unknown option '--provder'\nhint: did you mean --provider?\n"],
    [
      ['status'],
      "traseai: unknown command 'status'\nhint: did you mean gateway status, models status or vault status?\n",
    ],
    [['logs'], "traseai: unknown command 'logs'\nhint: did you mean gateway logs?\n"],
    [
      ['models', 'clear'],
      "traseai: unknown command 'clear'\nhint: did you mean models auth order clear or models auth cooldown clear?\n",
    ],
    [['help', 'stop'], "traseai: unknown command 'stop'\nhint: did you mean gateway stop?\n"],
  ])('%j is answered with a suggestion and exit status 64', async (args, stderr) => {
    expect(await run(...args)).toEqual({ status: 64, signal: null, stdout: '', stderr })
  })

  it('is one JSON object on stderr with --json', async () => {
    const { status, stdout, stderr } = await run('--json', 'modls')
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'usage', message: "unknown command 'modls'", hint: 'did you mean models?' },
    })
  })

  it('is one JSON object, not a page of help, when a command is missing', async () => {
    const { status, stdout, stderr } = await run('models', 'auth', '--json')
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'usage', message: 'which command?', hint: 'see: traseai models auth --help' },
    })
  })
})

describe('a secret on the command line', () => {
  const secret = 'sk-ant-test-0123456789abcdefghij'

  it.each([
    [['env', 'set', 'ANTHROPIC_API_KEY', secret]],
    [['env', 'set', `ANTHROPIC_API_KEY=${secret}`]],
    [['rpc', 'env.set', JSON.stringify({ name: 'ANTHROPIC_API_KEY', value: secret })]],
    [['rpc', 'gateway.status', secret]],
    [['env', 'set', 'ANTHROPIC_API_KEY', `--value=${secret}`]],
    [['exec', 'curl', '-u', secret]],
  ])('is refused, and not repeated: %#', async (args) => {
    const { status, stdout, stderr } = await run(...args)
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(stderr).not.toContain(secret.slice(0, 20))
  })
})

describe('without a gateway', () => {
  it('--no-start, before or after the command, gives exit status 69 and says what to type', async () => {
    const stderr = `traseai: no gateway answers at ${join(home, 'control.sock')}\nhint: start it: traseai gateway start\n`
    expect(await run('models', 'status', '--no-start')).toEqual({ status: 69, signal: null, stdout: '', stderr })
    expect(await run('--no-start', 'models', 'status', '--check')).toMatchObject({ status: 69, stderr })
  })

  it('gateway.autostart: false in traseai.json does the same', async () => {
    writeFileSync(join(home, 'traseai.json'), '{ // by hand\n "gateway": { "autostart": false, }, }')
    expect(await run('env', 'list')).toMatchObject({ status: 69 })
  })

  it('gateway status says so with exit status 69 and starts none', async () => {
    expect(await run('gateway', 'status')).toMatchObject({ status: 69, stdout: '' })
  })

  it('gateway stop has nothing to do', async () => {
    expect(await run('gateway', 'stop')).toMatchObject({
      status: 0,
      stdout: `no gateway runs for ${home}\n`,
    })
  })

  it('env path needs none, and follows --home', async () => {
    const elsewhere = join(home, 'elsewhere')
    expect(await run('env', 'path', '--home', elsewhere)).toMatchObject({ status: 0, stdout: `${elsewhere}/.env\n` })
    expect(JSON.parse((await run('env', 'path', '--json')).stdout)).toEqual({ path: join(home, '.env') })
  })
})

describe('standard output', () => {
  it.skipIf(!existsSync('/dev/full'))('that cannot be written is an error, not a success (needs /dev/full)', () => {
    const stdout = openSync('/dev/full', 'w')
    const outcome = spawnSync(process.execPath, [programPath, 'env', 'path'], {
      env: cleanEnvironment(home),
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(stdout)
    expect(outcome.status).toBe(73)
    expect(outcome.stderr).toContain('traseai: standard output cannot be written: ENOSPC')
  })
})

describe('standard error', () => {
  it('gets all of a complaint that is longer than a pipe holds', () => {
    const words = 'x'.repeat(100_000) // pipe(7), "Pipe capacity": 65,536 bytes
    const script = '"$0" "$1" "$2" 2>&1 | cat'
    const shell = spawnSync('sh', ['-c', script, process.execPath, programPath, words], { env: cleanEnvironment(home) })
    expect(shell.stdout.toString()).toBe(`traseai: unknown command '${words}'\nhint: see: traseai --help\n`)
  })
})

describe('gateway logs', () => {
  const line = (msg: string) => JSON.stringify({ level: 'warn', time: '2026-11-22T10:00:00.000Z', file: '/a b', msg })

  function writeLog(...lines: string[]): void {
    mkdirSync(join(home, 'logs'), { recursive: true })
    writeFileSync(join(home, 'logs', 'gateway.log'), lines.map((text) => `${text}\n`).join(''))
  }

  it('prints the last lines for people', async () => {
    writeLog(line('one'), line('two'), 'Error: not JSON \u001b[2J')
    const { stdout } = await run('gateway', 'logs', '-n', '2')
    expect(stdout).toMatch(/^2026-\d\d-\d\d \d\d:\d\d:\d\d warn {2}two file="\/a b"\nError: not JSON \\x1b\[2J\n$/)
  })

  it('prints the lines as they are with --json', async () => {
    writeLog(line('one'), line('two'))
    expect((await run('gateway', 'logs', '--json')).stdout).toBe(`${line('one')}\n${line('two')}\n`)
  })

  it('has exit status 66 when there is no log', async () => {
    expect(await run('gateway', 'logs')).toMatchObject({ status: 66, stdout: '' })
  })
})

describe('a key in the wrong place', () => {
  const key = 'sk-ant-test-abcdefghijklmnop12345678'

  it.each([
    [[key]],
    [['env', 'set', key]],
    [['env', 'unset', key]],
    [['models', 'status', key]],
    [['models', 'auth', 'list', '--provider', key]],
    [['--json', 'env', key]],
  ])('is refused without being shown again: %j', async (args) => {
    const { status, stdout, stderr } = await run('--no-start', ...args)
    expect(status).not.toBe(0)
    expect(`${stdout}${stderr}`).not.toContain('abcdefgh')
  })
})
