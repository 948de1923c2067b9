// `paste-token`, `paste-api-key`, `add-reference`: a credential comes in, is checked, sealed and told about.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../src/protocol/contract.ts'
import { openPseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts'
import { cleanEnvironment } from '../support/gateway-process.ts'
import { runCli, temporaryHome } from './run-cli.ts'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

const token = (end: string): string => `sk-ant-oat01-${'t'.repeat(91)}${end}`
const apiKey = (end: string): string => `sk-ant-api03-${'k'.repeat(91)}${end}`
const openRouterKey = `sk-or-v1-${'0123456789abcdef'.repeat(4)}`

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({ configuration: { models: { aliases: { sonnet: 'anthropic/claude-sonnet-4-5' } } } })
})
afterAll(() => cli.gateway.stop())

const paste = (input: string, ...args: string[]) => cli.runWith({ input }, 'models', 'auth', ...args)
const listed = async (provider: string) => {
  const list = await cli.json<Result<'credentials.list'>>('models', 'auth', 'list', '--provider', provider)
  return list.map(({ profileId, kind, last4 }) => `${profileId} ${kind} ${last4 ?? '-'}`)
}

describe('a pasted credential', () => {
  it('is stored under a name of its kind, and the file of settings expects it', async () => {
    const outcome = await paste(`${apiKey('AAAA')}\n`, 'paste-api-key', '--provider', 'anthropic')
    expect(outcome).toMatchObject({ status: 0, stdout: 'anthropic:api-key is stored: API key, …AAAA\n', stderr: '' })
    const stored = await paste(token('BBBB'), 'paste-token', '--provider', 'anthropic', '--expires-in', '12h')
    expect(stored).toMatchObject({ status: 0, stderr: '' })
    expect(stored.stdout).toBe('anthropic:manual is stored: token, …BBBB, ends in 12h\n')
    expect(await listed('anthropic')).toEqual(['anthropic:manual token BBBB', 'anthropic:api-key api_key AAAA'])
    const settings = await readFile(join(cli.gateway.home, 'traseai.json'), 'utf8')
    expect(settings).toContain('"anthropic:manual"')
    expect(settings).not.toContain('sk-ant')
  })

  it('takes the place of the one with its name, and says so', async () => {
    const again = await paste(token('BBBB'), 'paste-token', '--provider', 'anthropic')
    expect(again.stdout).toContain('anthropic:manual is stored already with this value')
    const other = await paste(token('CCCC'), 'paste-token', '--provider', 'anthropic', '--expires-in', '365d')
    expect(other.stdout).toMatch(/^anthropic:manual has a new value: token, …CCCC, ends on \d{4}-\d\d-\d\d\n$/)
  })

  it('may have a name, with or without the provider', async () => {
    expect(
      (await paste(apiKey('DDDD'), 'paste-api-key', '--provider', 'anthropic', '--profile-id', 'work')).stdout,
    ).toContain('anthropic:work is stored')
    expect((await paste(apiKey('EEEE'), 'paste-api-key', '--profile-id', 'anthropic:home')).stdout).toContain(
      'anthropic:home is stored',
    )
    expect(
      await paste(apiKey('EEEE'), 'paste-api-key', '--provider', 'openai', '--profile-id', 'anthropic:home'),
    ).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('is for anthropic, not openai') as string,
    })
  })

  it('is one of the kind that it is, whatever the command was called', async () => {
    const outcome = await paste(apiKey('FFFF'), 'paste-token', '--provider', 'anthropic', '--profile-id', 'odd')
    expect(outcome.stdout).toBe('anthropic:odd is stored: API key, …FFFF\n')
    expect(outcome.stderr).toContain('note: it is an API key, and stored as one\n')
  })

  it('that requests will not use comes with the reason and the command to change that', async () => {
    const { stderr } = await paste(apiKey('GGGG'), 'paste-api-key', '--provider', 'anthropic', '--profile-id', 'late')
    expect(stderr).toContain(
      'note: requests use anthropic:manual; anthropic:late comes later in the order: tokens come before',
    )
    const setOrder = /hint: to use it first: traseai (models auth order set --provider anthropic late .*)\n/.exec(
      stderr,
    )
    expect(await cli.run(...(setOrder?.[1] ?? '').split(' '))).toMatchObject({ status: 0 })
    const excluded = await paste(apiKey('HHHH'), 'paste-api-key', '--provider', 'anthropic', '--profile-id', 'out')
    expect(excluded.stderr).toContain('the order for anthropic leaves it out')
    expect(excluded.stderr).toContain('note: requests use anthropic:late\n')
    await cli.run('models', 'auth', 'order', 'clear', '--provider', 'anthropic')
  })

  it('may be for one agent alone', async () => {
    const outcome = await paste(openRouterKey, 'paste-token', '--provider', 'openrouter', '--agent', 'ops')
    expect(outcome).toMatchObject({ status: 0, stdout: 'openrouter:manual is stored: token, …cdef, for agent ops\n' })
    const list = await cli.run('models', 'auth', 'list', '--agent', 'ops', '--provider', 'openrouter')
    expect(list.stdout).toMatch(/CREDENTIAL +AGENT .*\nopenrouter:manual +ops /)
  })

  it('comes as one JSON value with --json, and without the secret', async () => {
    const options = ['--provider', 'groq', '--profile-id', 'json'] as const
    const { stdout, stderr } = await paste(`gsk_${'a'.repeat(52)}`, 'paste-api-key', ...options, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      profileId: 'groq:json',
      rotated: false,
      next: 'groq:json',
      kind: 'api_key',
      last4: 'aaaa',
    })
    expect(stdout + stderr).not.toContain('gsk_')
  })
})

describe('what is refused', () => {
  it.each([
    ['paste-token', 'anthropic', '', 65, 'no token: nothing was stored'],
    ['paste-token', 'anthropic', token('AAAA').slice(0, 80), 65, 'this was cut short'],
    ['paste-token', 'anthropic', `${token('AAAA')}\n${token('BBBB')}`, 65, 'this holds more than one key'],
    ['paste-api-key', 'openai', apiKey('AAAA'), 65, 'did you mean --provider anthropic?'],
    ['paste-api-key', 'anthropic', 'where do I find it?', 65, 'this looks like text'],
    ['paste-api-key', 'antropic', apiKey('AAAA'), 66, 'did you mean anthropic?'],
  ])('%s --provider %s < %j', async (command, provider, input, status, words) => {
    const outcome = await paste(input, command, '--provider', provider, '--profile-id', 'refused')
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toContain(words)
    expect(outcome.stderr).not.toMatch(/[tk]{8}/)
    expect((await cli.run('models', 'auth', 'list')).stdout).not.toContain('refused')
  })

  it.each([
    [['paste-token', '--provider', 'anthropic', token('AAAA')], 'a value on the command line can be seen'],
    [['paste-token'], 'which provider?'],
    [
      ['paste-token', '--provider', 'anthropic', '--expires-in', 'soon'],
      "'--expires-in <time>' argument 'soon' is invalid",
    ],
    [['paste-token', '--provider', 'anthropic', '--expires-in', '2020-01-01'], '2020-01-01 has passed already'],
    [['paste-token', '--provider', 'anthropic', '--agent', 'no agent'], '"no agent" is no agent id'],
    [['add-reference', '--provider', 'anthropic'], 'which reference?'],
  ])('%j is a usage error', async (args, words) => {
    const outcome = await paste(token('AAAA'), ...args)
    expect(outcome).toMatchObject({ status: 64, stdout: '' })
    expect(outcome.stderr).toContain(words)
    expect(outcome.stderr).not.toContain('tttt')
  })

  it('nothing is asked for when there is no gateway', async () => {
    const { home, remove } = temporaryHome()
    const outcome = await runCli(home, ['--no-start', 'models', 'auth', 'paste-token', '--provider', 'anthropic'])
    expect(outcome).toMatchObject({ status: 69, stdout: '' })
    remove()
  })
})

describe('a reference', () => {
  it('is stored instead of a secret, and looked up at once', async () => {
    const path = join(cli.gateway.home, 'key')
    await writeFile(path, `${openRouterKey}\n`, { mode: 0o600 })
    const outcome = await paste('', 'add-reference', `file:${path}`, '--provider', 'openrouter', '--profile-id', 'far')
    expect(outcome).toMatchObject({
      status: 0,
      stdout: `openrouter:far is stored: API key, …cdef, from file:${path}\n`,
    })
    const missing = await paste('', 'add-reference', `file:${path}2`, '--provider', 'openrouter')
    expect(missing).toMatchObject({ status: 69, stdout: '' })
  })
})

describe('at a terminal', () => {
  const open = (columns: number, env: Record<string, string> = {}): PseudoTerminal => {
    const args = ['--no-start', 'models', 'auth', 'paste-token', '--provider', 'anthropic', '--profile-id', 'screen']
    return openPseudoTerminal(args, { env: cleanEnvironment(cli.gateway.home, env), cwd: cli.gateway.home, columns })
  }
  const pasted = (text: string): string => `\u001b[200~${text}\u001b[201~`

  it('a paste that came wrapped is taken whole, and never shown', async () => {
    const terminal = open(80)
    await terminal.shows('token of anthropic:screen (paste it, then Enter; not shown):')
    const secret = token('WRAP')
    terminal.type(pasted(`${secret.slice(0, 80)}\r\n${secret.slice(80)}\r`))
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    expect(terminal.rows().join('\n')).toContain('anthropic:screen is stored: token, …WRAP')
    expect(terminal.written()).not.toContain('tttt')
    // Whatever comes next at this terminal is not marked any more.
    expect(terminal.written().lastIndexOf('\u001b[?2004l')).toBeGreaterThan(
      terminal.written().lastIndexOf('\u001b[?2004h'),
    )
  })

  it('also where the terminal does not mark what is pasted, and without any control sequence', async () => {
    const terminal = open(40, { TERM: 'dumb', NO_COLOR: '1' })
    await terminal.shows('new token of anthropic:screen')
    const secret = token('DUMB')
    terminal.type(`${secret.slice(0, 40)}\r${secret.slice(40)}`)
    terminal.type('\r')
    expect(await terminal.ended).toBe(0)
    expect(terminal.written()).not.toContain('\u001b')
    expect(await listed('anthropic')).toContain('anthropic:screen token DUMB')
  })

  it('Ctrl-C ends it, and nothing is stored', async () => {
    const terminal = open(80)
    await terminal.shows('not shown):')
    terminal.type(`${token('GONE')}\u0003`)
    expect(await terminal.ended).toBe(130)
    expect(await listed('anthropic')).not.toContain('anthropic:screen token GONE')
  })

  it('env set takes a wrapped paste whole, too', async () => {
    const home = cli.gateway.home
    const options = { env: cleanEnvironment(home), cwd: home }
    const terminal = openPseudoTerminal(['--no-start', 'env', 'set', 'ANTHROPIC_API_KEY_7'], options)
    await terminal.shows('value of ANTHROPIC_API_KEY_7 (not shown):')
    terminal.type(`${pasted(`${apiKey('ENVS').slice(0, 60)}\r${apiKey('ENVS').slice(60)}`)}\r`)
    expect(await terminal.ended).toBe(0)
    expect(await readFile(join(home, '.env'), 'utf8')).toContain(`ANTHROPIC_API_KEY_7=${apiKey('ENVS')}\n`)
  })

  it.each([
    ['a mistyped provider', 66, ['--provider', 'antropic']],
    ['a name that none can have', 64, ['--provider', 'anthropic', '--profile-id', 'a b']],
    ['an end that has passed', 64, ['--provider', 'anthropic', '--expires-in', '2020-01-01']],
    ["another agent's name", 73, ['--provider', 'openrouter', '--profile-id', 'manual']],
    ["a variable's name", 64, ['--provider', 'anthropic', '--profile-id', 'ANTHROPIC_API_KEY']],
  ])('%s is told before anything is asked', async (_what, status, options) => {
    const terminal = openPseudoTerminal(['--no-start', 'models', 'auth', 'paste-token', ...options], {
      env: cleanEnvironment(cli.gateway.home),
      cwd: cli.gateway.home,
    })
    expect(await terminal.ended).toBe(status)
    expect(terminal.rows().join('\n')).not.toContain('not shown')
  })

  it.each([
    ['env set', ['env', 'set', 'GROQ_API_KEY']],
    ['onboard', ['onboard']],
  ])('%s asks nothing when no gateway can take a key', async (_what, args) => {
    const { home, remove } = temporaryHome()
    const terminal = openPseudoTerminal(['--no-start', ...args], { env: cleanEnvironment(home), cwd: home })
    expect(await terminal.ended).toBe(69)
    expect(terminal.rows().join('\n').trim()).toMatch(/^traseai: no gateway answers at/)
    remove()
  })
})

describe('models set', () => {
  it('writes the default model, an alias as what it stands for', async () => {
    expect((await cli.run('models', 'set', 'sonnet')).stdout).toBe('the default model is anthropic/claude-sonnet-4-5\n')
    expect((await cli.run('models', 'set', 'sonnet')).stdout).toContain('already')
    const status = JSON.parse(await readFile(join(cli.gateway.home, 'traseai.json'), 'utf8')) as {
      models: { default: string }
    }
    expect(status.models.default).toBe('anthropic/claude-sonnet-4-5')
    expect((await cli.run('models', 'set', '--unset')).stdout).toContain('there is no default model any more')
  })

  it.each([
    ['sonet', 64, 'did you mean sonnet?'],
    ['Anthropic/claude', 66, 'did you mean anthropic?'],
    ['anthropic/', 64, 'is not a model'],
    ['anthropic/two words', 64, 'is not a model'],
    [`anthropic/sk-ant-test-${'k'.repeat(40)}`, 64, 'the name of the model could be a key'],
  ])('%s is refused', async (model, status, words) => {
    const outcome = await cli.run('models', 'set', model)
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toContain(words)
  })

  it('of a provider without a credential says so', async () => {
    expect((await cli.run('models', 'set', 'xai/grok-5')).stderr).toContain('xai has no usable credential')
  })

  it('leaves a broken file as it is', async () => {
    const path = join(cli.gateway.home, 'traseai.json')
    const good = await readFile(path, 'utf8')
    const broken = '{ "models": {'
    await writeFile(path, broken)
    expect(await cli.run('models', 'set', 'sonnet')).toMatchObject({ status: 78, stdout: '' })
    expect(await readFile(path, 'utf8')).toBe(broken)
    await writeFile(path, good)
  })
})
