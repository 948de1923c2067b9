// `models auth order`, `remove`, `disable`, `enable`: which credentials are used, and which are gone.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanEnvironment } from '../support/gateway-process.ts'
import { openPseudoTerminal } from '../support/pseudo-terminal.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({ env: { OPENAI_API_KEY: fakeKey('EEEE'), TRASEAI_LIVE_GROQ_KEY: fakeKey('LIVE') } })
  for (const name of ['one', 'two', 'three']) await add('anthropic', name)
  await add('groq', 'own')
})
afterAll(() => cli.gateway.stop())

const add = (provider: string, name: string) =>
  cli.gateway.client.call('credentials.add', {
    profileId: `${provider}:${name}`,
    provider,
    kind: 'api_key',
    secret: provider === 'groq' ? `gsk_${'a'.repeat(52)}` : fakeKey(name.padStart(4, '0')),
  })
const order = (...args: string[]) => cli.run('models', 'auth', 'order', ...args)
const anthropic = ['--provider', 'anthropic'] as const

describe('an order', () => {
  it('is set with ids or names, shown with where it comes from, and cleared', async () => {
    expect(await order('set', ...anthropic, 'two', 'anthropic:one')).toMatchObject({
      status: 0,
      stdout: 'agent main uses anthropic:two, anthropic:one\n',
      stderr: '',
    })
    expect((await order('set', ...anthropic, 'two,one')).stdout).toContain('nothing changed')
    expect(await order('get', ...anthropic)).toMatchObject({
      status: 0,
      stdout: 'anthropic:two\nanthropic:one\n',
      stderr: 'order: the order of agent main\n',
    })
    expect((await order('clear', ...anthropic)).stdout).toMatch(
      /^agent main no longer has an order .*; now: the default: /,
    )
    expect((await order('clear', ...anthropic)).stdout).toMatch(/^agent main had no order of its own/)
    expect((await order('get', ...anthropic)).stderr).toContain('order: the default')
  })

  it('of the default agent is inherited by an agent without one', async () => {
    await order('set', ...anthropic, 'three')
    const inherited = await order('get', ...anthropic, '--agent', 'ops')
    expect(inherited).toMatchObject({ status: 0, stdout: 'anthropic:three\n' })
    expect(inherited.stderr).toContain('the order of agent main, which agent ops inherits')
    await order('set', ...anthropic, '--agent', 'ops', 'one')
    expect((await order('get', ...anthropic, '--agent', 'ops')).stderr).toContain('the order of agent ops')
    expect((await order('clear', ...anthropic, '--agent', 'ops')).stdout).toContain(
      'now: the order of agent main, which agent ops inherits',
    )
    await order('clear', ...anthropic)
  })

  it('is told in lines that fit a narrow terminal', async () => {
    for (const args of [
      ['set', ...anthropic, 'one', 'two', 'three'],
      ['clear', ...anthropic],
    ]) {
      const terminal = openPseudoTerminal(['--no-start', 'models', 'auth', 'order', ...args], {
        env: cleanEnvironment(cli.gateway.home),
        cwd: cli.gateway.home,
        columns: 40,
      })
      expect(await terminal.ended).toBe(0)
      const lines = terminal.written().split('\r\n')
      expect(lines.length).toBeGreaterThan(2)
      expect(lines.filter((line) => line.length > 40)).toEqual([])
    }
  })

  it('can be piped from get into set', async () => {
    await order('set', ...anthropic, 'three', 'two')
    const ids = (await order('get', ...anthropic)).stdout.trim().split('\n')
    expect((await order('set', ...anthropic, ...ids.toReversed())).stdout).toBe(
      'agent main uses anthropic:two, anthropic:three\n',
    )
    await order('clear', ...anthropic)
  })

  it.each([
    [[], 64, 'traseai models auth order set --provider anthropic anthropic:'],
    [['for'], 66, 'known for anthropic: anthropic:one'],
    [['openai:OPENAI_API_KEY'], 64, 'is for openai, not anthropic'],
    [['one', 'one'], 64, 'is named twice'],
    [['one', 'one'], 64, 'known for anthropic: '],
  ])('of %j is refused, with what can be named', async (ids, status, words) => {
    const outcome = await order('set', ...anthropic, ...ids)
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toContain(words)
  })

  it('that an override of the environment comes before is told so', async () => {
    const { status, stderr } = await order('set', '--provider', 'groq', 'own')
    expect(status).toBe(0)
    expect(stderr).toContain('note: groq:TRASEAI_LIVE_GROQ_KEY is used all the same: it overrides every order')
  })
})

describe('removing', () => {
  it('needs a yes: from --yes or at a terminal', async () => {
    await add('anthropic', 'gone')
    expect(await cli.run('models', 'auth', 'remove', 'anthropic:gone')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('traseai models auth remove anthropic:gone --yes') as string,
    })
    const ask = () =>
      openPseudoTerminal(['--no-start', 'models', 'auth', 'remove', 'gone', ...anthropic], {
        env: cleanEnvironment(cli.gateway.home),
        cwd: cli.gateway.home,
      })
    for (const no of ['\r', 'n\r', '\u0003', '\u0004']) {
      const refused = ask()
      await refused.shows('remove anthropic:gone (API key …gone from the vault)? [y/N]')
      refused.type(no)
      expect(await refused.ended).toBe(130)
      expect(refused.rows().join('\n')).toContain('nothing was removed')
    }
    const agreed = ask()
    await agreed.shows('[y/N]')
    agreed.type('y\r')
    expect(await agreed.ended).toBe(0)
    expect((await cli.run('models', 'auth', 'list')).stdout).not.toContain('anthropic:gone')
    expect(await readFile(join(cli.gateway.home, 'traseai.json'), 'utf8')).not.toContain('anthropic:gone')
  })

  it('says which credential is used now, and takes the id out of orders', async () => {
    await add('anthropic', 'gone')
    await order('set', ...anthropic, 'gone', 'two')
    const outcome = await cli.run('models', 'auth', 'remove', 'anthropic:gone', '--yes')
    expect(outcome.stdout).toBe('anthropic:gone is removed, and its secret destroyed\n')
    expect(outcome.stderr).toContain('note: requests use anthropic:two\n')
    expect((await order('get', ...anthropic)).stdout).toBe('anthropic:two\n')
    await order('clear', ...anthropic)
  })

  it.each([
    [[], 64, 'which credential?'],
    [['anthropic:ones'], 66, 'did you mean anthropic:one?'],
    [['openai:OPENAI_API_KEY'], 64, 'unset OPENAI_API_KEY where the gateway is started'],
  ])('of %j is refused', async (ids, status, words) => {
    const outcome = await cli.run('models', 'auth', 'remove', ...ids, '--yes')
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toContain(words)
  })
})

describe('a name without a provider', () => {
  it('is enough when one credential has it', async () => {
    await add('anthropic', 'sole')
    const run = (verb: string, ...args: string[]) => cli.run('models', 'auth', verb, 'sole', ...args)
    expect((await run('disable')).stdout).toBe('anthropic:sole is not used any more\n')
    expect((await run('enable')).stdout).toBe('anthropic:sole is used again\n')
    expect((await run('remove', '--yes')).stdout).toContain('anthropic:sole is removed')
    expect(await run('remove', '--yes')).toMatchObject({ status: 66, stdout: '' })
  })

  it.each(['remove', 'disable', 'enable'])('that several have is refused by %s, with all of them', async (verb) => {
    await add('anthropic', 'both')
    await add('groq', 'both')
    const outcome = await cli.run('models', 'auth', verb, 'both')
    expect(outcome).toMatchObject({ status: 64, stdout: '' })
    expect(outcome.stderr).toMatch(/"both" is the name of several credentials: anthropic:both, groq:both\n/)
    expect(outcome.stderr).toContain(`hint: traseai models auth ${verb} anthropic:both`)
    for (const provider of ['anthropic', 'groq']) await cli.run('models', 'auth', 'remove', `${provider}:both`, '--yes')
  })
})

describe('disabling', () => {
  it('passes a credential over until it is enabled', async () => {
    await order('set', ...anthropic, 'one', 'two')
    const disabled = await cli.run('models', 'auth', 'disable', 'one', ...anthropic)
    expect(disabled).toMatchObject({ status: 0, stdout: 'anthropic:one is not used any more\n' })
    expect(disabled.stderr).toContain('note: requests use anthropic:two\n')
    expect((await cli.run('models', 'auth', 'disable', 'anthropic:one')).stdout).toContain('was disabled already')
    expect((await cli.run('models', 'auth', 'list')).stdout).toMatch(/anthropic:one .* disabled: switched off by hand/)
    expect((await cli.run('models', 'auth', 'enable', 'one', ...anthropic)).stdout).toBe(
      'anthropic:one is used again\n',
    )
    await order('clear', ...anthropic)
  })
})
