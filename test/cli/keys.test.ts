// `env set` and `env unset`: keys go into .env from a pipe, never from an argument.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({ env: { OPENAI_API_KEY: fakeKey('EEEE') } })
})
afterAll(() => cli.gateway.stop())

const envFile = () => readFile(join(cli.gateway.home, '.env'), 'utf8')

describe('env set', () => {
  it('takes the value from a pipe, without the newline at its end', async () => {
    const outcome = await cli.runWith({ input: `${fakeKey('AAAA')}\n` }, 'env', 'set', 'ANTHROPIC_API_KEY')
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout: `ANTHROPIC_API_KEY is in ${join(cli.gateway.home, '.env')}: anthropic:ANTHROPIC_API_KEY\n`,
      stderr: '',
    })
    expect(await envFile()).toContain(fakeKey('AAAA'))
    expect((await cli.run('env', 'list')).stdout).toMatch(/ANTHROPIC_API_KEY +anthropic +\.env +…AAAA/)
  })

  it.each(['', '\n', '  \n'])('refuses an empty value: %j', async (input) => {
    const before = await envFile()
    expect(await cli.runWith({ input }, 'env', 'set', 'ANTHROPIC_API_KEY')).toMatchObject({ status: 65, stdout: '' })
    expect(await envFile()).toBe(before)
  })

  it('refuses what is longer than any key instead of reading it whole', async () => {
    expect(await cli.runWith({ input: 'x'.repeat(70_000) }, 'env', 'set', 'XAI_API_KEY')).toMatchObject({ status: 65 })
  })

  it('refuses a name that is no key’s, with the nearest one that is', async () => {
    const { status, stderr } = await cli.runWith({ input: 'x' }, 'env', 'set', 'ANTROPIC_API_KEY')
    expect(status).toBe(64)
    expect(stderr).toContain('did you mean ANTHROPIC_API_KEY?')
  })

  it('says that a key looks like one of another provider, and writes it all the same', async () => {
    const input = `sk-ant-api03-${'k'.repeat(91)}AAAA`
    const { status, stderr } = await cli.runWith({ input }, 'env', 'set', 'GROQ_API_KEY')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'note: the value looks like a key of Anthropic, not of Groq\n',
    })
    await cli.run('env', 'unset', 'GROQ_API_KEY')
  })

  it('says when the gateway’s own environment comes first', async () => {
    const { status, stderr } = await cli.runWith({ input: fakeKey('FFFF') }, 'env', 'set', 'OPENAI_API_KEY')
    expect(status).toBe(0)
    expect(stderr).toContain('the gateway still uses OPENAI_API_KEY of its environment')
  })
})

describe('env list', () => {
  it('says that a key is the same as another, and which', async () => {
    await cli.runWith({ input: fakeKey('AAAA') }, 'env', 'set', 'ANTHROPIC_API_KEY_2')
    expect((await cli.run('env', 'list')).stdout).toMatch(
      /ANTHROPIC_API_KEY_2 .* same key as anthropic:ANTHROPIC_API_KEY\n/,
    )
    await cli.run('env', 'unset', 'ANTHROPIC_API_KEY_2')
  })
})

describe('env unset', () => {
  it('removes the variable, and the credential with it', async () => {
    await cli.runWith({ input: fakeKey('BBBB') }, 'env', 'set', 'GROQ_API_KEY')
    expect(await cli.run('env', 'unset', 'GROQ_API_KEY')).toMatchObject({
      status: 0,
      stdout: `GROQ_API_KEY is no longer in ${join(cli.gateway.home, '.env')}\n`,
    })
    expect((await cli.run('env', 'list')).stdout).not.toContain('GROQ')
  })

  it('has exit status 66 and a suggestion for a variable that is not in .env', async () => {
    await cli.runWith({ input: fakeKey('BBBB') }, 'env', 'set', 'XAI_API_KEY')
    const { status, stderr } = await cli.run('env', 'unset', 'XAI_API_KE')
    expect(status).toBe(66)
    expect(stderr).toContain('did you mean XAI_API_KEY?')
  })
})

describe('rpc', () => {
  it('prints the result of a call as JSON', async () => {
    const { status, stdout } = await cli.run('rpc', 'gateway.status')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ pid: cli.gateway.pid, home: cli.gateway.home })
  })

  it('takes parameters with a secret from standard input', async () => {
    const input = JSON.stringify({ name: 'MISTRAL_API_KEY', value: fakeKey('CCCC') })
    const { status, stdout } = await cli.runWith({ input }, 'rpc', 'env.set', '-')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ profileIds: ['mistral:MISTRAL_API_KEY'] })
  })

  it.each([
    [['rpc', 'no.method'], 'traseai: there is no method no.method\n'],
    [['rpc', 'audit.log', '{"limit": 0}'], 'traseai: wrong parameters for audit.log: limit: '],
    [['rpc', 'audit.log', '{'], 'traseai: the parameters are not JSON: syntax error at '],
    [['rpc', 'audit.log', 'null'], 'traseai: Invalid Request\nhint: `params` must be an object or an array\n'],
    [['models', 'status', '--agent', ''], 'traseai: wrong parameters: agent: '],
  ])('%j says what is wrong, with exit status 64', async (args, message) => {
    const { status, stdout, stderr } = await cli.run(...args)
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(stderr).toContain(message)
  })
})
