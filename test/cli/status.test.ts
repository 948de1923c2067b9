// `models status` and what else tells about credentials, beside a running gateway.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../src/protocol/contract.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({
    env: { ANTHROPIC_API_KEY: fakeKey('AAAA'), ANTHROPIC_API_KEY_2: fakeKey('BBBB'), OPENAI_API_KEY: fakeKey('CCCC') },
    configuration: { models: { default: 'anthropic/claude-sonnet-4-5', aliases: { short: 'anthropic/demo' } } },
  })
})
afterAll(() => cli.gateway.stop())

const cool = (profileId: string) =>
  cli.gateway.client.call('credentials.report', { profileId, outcome: 'rate_limited', retryAfterMs: 3_600_000 })

describe('models status', () => {
  it('shows each key in order, where it is from, and which is next', async () => {
    const { status, stdout, stderr } = await cli.run('models', 'status')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'anthropic  ok  https://api.anthropic.com',
      'CREDENTIAL                     KIND     FROM         KEY    STATUS',
      'anthropic:ANTHROPIC_API_KEY    API key  environment  …AAAA  ready; next',
      'anthropic:ANTHROPIC_API_KEY_2  API key  environment  …BBBB  ready',
    ])
  })

  it('shows no more of a key than its last four characters', async () => {
    for (const args of [
      ['models', 'status'],
      ['models', 'status', '--json'],
      ['models', 'auth', 'list'],
      ['env', 'list', '--json'],
      ['audit', 'log', '--json'],
    ]) {
      expect((await cli.run(...args)).stdout).not.toContain(fakeKey('').slice(4))
    }
  })

  it('prints one object and nothing else with --json', async () => {
    const report = await cli.json<Result<'models.status'>>('models', 'status', '--check')
    expect(report).toMatchObject({ version: 1, agent: 'main', check: { exitCode: 0 } })
  })

  it('names the key that only the caller’s shell has, on stderr, and says how to hand it over', async () => {
    const env = { GROQ_API_KEY: fakeKey('DDDD'), ANTHROPIC_API_KEY: fakeKey('AAAA') }
    const { stdout, stderr } = await cli.runWith({ env }, 'models', 'status', '--json')
    expect(JSON.parse(stdout)).toHaveProperty('providers')
    const [first = '', second = ''] = stderr.split('\n')
    expect(JSON.parse(first)).toEqual({
      note: 'GROQ_API_KEY is set in your shell, but the gateway does not see it',
    })
    expect(JSON.parse(second)).toEqual({
      hint: expect.stringContaining('printf %s "$GROQ_API_KEY" | traseai env set GROQ_API_KEY') as string,
    })
    expect(stderr).not.toContain('ANTHROPIC_API_KEY')
    expect(stderr).not.toContain(fakeKey('').slice(0, 20))
  })

  it('exits 1 with --check when a provider in use has no key', async () => {
    const bare = await startWithCli({ configuration: { models: { default: 'anthropic/claude-sonnet-4-5' } } })
    const { status, stdout } = await bare.run('models', 'status', '--check')
    expect(status).toBe(1)
    expect(stdout.match(/No credentials found/g)).toHaveLength(1)
    expect(stdout).toMatch(
      /^No credentials found\nGive the gateway a key:\n {2}traseai onboard\n {2}traseai models auth paste-api-key --provider anthropic\n {2}traseai env set ANTHROPIC_API_KEY\nor /,
    )
    expect((await bare.run('models', 'status')).status).toBe(0)
    await bare.gateway.stop()
  })

  it('has exit status 69, not 1, when the gateway is down', async () => {
    expect(
      await cli.runWith({ env: { TRASEAI_SOCKET: '/nonexistent/s' } }, 'models', 'status', '--check'),
    ).toMatchObject({ status: 69, stdout: '' })
  })
})

describe('a rate limited key', () => {
  it('is shown cooling, passed over, and usable again once its cooldown is cleared', async () => {
    await cool('anthropic:ANTHROPIC_API_KEY')
    const limited = (await cli.run('models', 'status')).stdout
    expect(limited).toMatch(/ANTHROPIC_API_KEY .*cooling for (1h|59m)/)
    expect(limited).toMatch(/ANTHROPIC_API_KEY_2 .*ready; next/)
    expect((await cli.run('models', 'auth', 'cooldown', 'list')).stdout).toContain('anthropic:ANTHROPIC_API_KEY')
    const cleared = await cli.run('models', 'auth', 'cooldown', 'clear', '--provider', 'anthropic')
    expect(cleared).toMatchObject({ status: 0, stdout: 'anthropic:ANTHROPIC_API_KEY is usable again\n' })
    expect((await cli.run('models', 'auth', 'cooldown', 'list')).stdout).toBe('nothing is cooling down\n')
  })

  it('is explained with the reason for each candidate', async () => {
    await cool('openai:OPENAI_API_KEY')
    const { stdout } = await cli.run('models', 'auth', 'explain', '--provider', 'openai')
    expect(stdout).toMatch(/1 {2}openai:OPENAI_API_KEY {2}cooling for .* rate limited/)
    expect(stdout).toContain('none is usable now')
  })

  it('is explained too when it is limited for one model, and no model was asked about', async () => {
    await cli.gateway.client.call('credentials.report', {
      profileId: 'anthropic:ANTHROPIC_API_KEY',
      model: 'demo',
      outcome: 'rate_limited',
      retryAfterMs: 3_600_000,
    })
    const { stdout } = await cli.run('models', 'auth', 'explain', '--provider', 'anthropic')
    expect(stdout).toMatch(/1 .* the first that is usable, but not for demo: rate limited for (1h|59m)/)
    expect(stdout).toMatch(/2 .* when those before it are rate limited/)
    for (const model of ['demo', 'anthropic/demo', 'short']) {
      const asked = await cli.run('models', 'auth', 'explain', '--provider', 'anthropic', '--model', model)
      expect(asked.stdout).toMatch(/1 .*cooling for \S.* rate limited for demo/)
    }
    expect((await cli.run('models', 'status')).stdout).not.toMatch(/until \d/)
    await cli.run('models', 'auth', 'cooldown', 'clear', '--provider', 'anthropic')
  })
})

describe('a strategy', () => {
  it('is named where the order alone would not explain the candidates', async () => {
    const rotating = await startWithCli({
      env: { ANTHROPIC_API_KEY: fakeKey('AAAA'), ANTHROPIC_API_KEY_2: fakeKey('BBBB') },
      configuration: { auth: { strategies: { anthropic: 'round-robin' } } },
    })
    const { stdout } = await rotating.run('models', 'auth', 'explain', '--provider', 'anthropic')
    expect(stdout).toMatch(/1 .* it is its turn\n2 .* after those before it\n/)
    expect(stdout).toContain('\nstrategy: round-robin: the one whose last attempt began longest ago is next\n')
    await rotating.gateway.stop()
    expect((await cli.run('models', 'auth', 'explain', '--provider', 'anthropic')).stdout).not.toContain('strategy')
  })
})

describe('a disabled key', () => {
  it('is used again after models auth enable', async () => {
    await cli.gateway.client.call('credentials.report', {
      profileId: 'anthropic:ANTHROPIC_API_KEY_2',
      outcome: 'unauthorized',
    })
    expect((await cli.run('models', 'auth', 'list', '--provider', 'anthropic')).stdout).toMatch(/API_KEY_2 .*disabled/)
    expect((await cli.run('models', 'auth', 'enable', '--provider', 'anthropic')).stdout).toBe(
      'anthropic:ANTHROPIC_API_KEY_2 is used again\n',
    )
    expect((await cli.run('models', 'auth', 'enable', 'anthropic:ANTHROPIC_API_KEY_2')).stdout).toBe(
      'anthropic:ANTHROPIC_API_KEY_2 was not disabled\n',
    )
  })
})

describe('the order of a provider', () => {
  it('is one id a line on stdout, and where it comes from on stderr', async () => {
    expect(await cli.run('models', 'auth', 'order', 'get', '--provider', 'anthropic')).toMatchObject({
      status: 0,
      stdout: 'anthropic:ANTHROPIC_API_KEY\nanthropic:ANTHROPIC_API_KEY_2\n',
      stderr: expect.stringContaining('default') as string,
    })
  })
})

describe('what has no credential', () => {
  it.each([
    ['list', 'mistral has no credentials'],
    ['explain', 'mistral has no credentials'],
  ])('is told by models auth %s with how to add one', async (command, words) => {
    const { status, stdout, stderr } = await cli.run('models', 'auth', command, '--provider', 'mistral')
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${words}\n`,
      stderr: 'hint: traseai models auth paste-api-key --provider mistral, or: traseai env set MISTRAL_API_KEY\n',
    })
  })

  it('is named when an order lists it', async () => {
    const ordered = await startWithCli({
      env: { OPENAI_API_KEY: fakeKey('CCCC') },
      configuration: { auth: { order: { openai: ['openai:NOPE', 'openai:OPENAI_API_KEY'] } } },
    })
    expect((await ordered.run('models', 'auth', 'explain', '--provider', 'openai')).stdout).toContain(
      'the order names openai:NOPE, but there is no such credential',
    )
    expect((await ordered.run('models', 'auth', 'order', 'get', '--provider', 'openai')).stderr).toContain(
      'there is no credential openai:NOPE',
    )
    await ordered.gateway.stop()
  })
})

describe('an id that is not there', () => {
  it.each([
    [['models', 'auth', 'explain', '--provider', 'antropic'], 'did you mean anthropic?'],
    [['models', 'auth', 'enable', 'anthropic:ANTHROPIC_API_KEY_3'], 'did you mean anthropic:ANTHROPIC_API_KEY'],
    [['clients', 'revoke', 'nobody'], 'traseai clients list'],
    [['audit', 'show', '9999999'], 'the newest is'],
  ])('%j gets a suggestion and exit status 66', async (args, hint) => {
    const { status, stdout, stderr } = await cli.run(...args)
    expect({ status, stdout }).toEqual({ status: 66, stdout: '' })
    expect(stderr).toContain(hint)
  })
})
