// What `onboard` refuses before it has written anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli()
})
afterAll(() => cli.gateway.stop())

const eventCount = async (): Promise<number> => (await cli.gateway.client.call('gateway.status', {})).eventCount

describe('onboard --non-interactive', () => {
  it.each([
    [[], 64, 'has to say what to do'],
    [['--api-key-stdin'], 64, 'a key without the provider it is for'],
    [['--provider', 'openai'], 64, 'no key for openai'],
    [['--provider', 'openai', '--api-key-stdin', '--provider', 'groq', '--token-stdin'], 64, 'one standard input'],
    [['--provider', 'opneai', '--api-key-stdin'], 66, 'did you mean openai?'],
    [['--provider', 'openai', '--api-key-file', '/nowhere/key'], 66, 'there is no file'],
    [['--import', 'codecs'], 66, 'did you mean codex?'],
    [['--provider', 'anthropic', '--api-key-stdin'], 65, 'cut short'],
    [['--store', 'env', '--agent', 'ops', '--import', 'all'], 64, 'for every agent'],
    [['--store', 'cellar', '--import', 'all'], 64, 'cellar'],
    [['--default-model', 'gpt-5'], 64, 'neither a model nor an alias'],
  ])('%j ends with status %i and writes nothing', async (args, expected, message) => {
    const before = await eventCount()
    const { status, stdout, stderr } = await cli.runWith(
      { input: 'sk-ant-api03-test-0123456789abcdef' },
      'onboard',
      '--non-interactive',
      ...args,
    )
    expect(stderr).toContain(message)
    expect(status).toBe(expected)
    expect(stdout).not.toContain('stored')
    expect(await eventCount()).toBe(before)
  })
})

describe('onboard without a terminal', () => {
  it('says how to run it without questions', async () => {
    const { status, stderr } = await cli.run('onboard')
    expect(status).toBe(64)
    expect(stderr).toContain('there is no terminal')
    expect(stderr).toContain('traseai onboard --non-interactive --import all')
  })

  it('options for a run without questions need --non-interactive', async () => {
    const { status, stderr } = await cli.run('onboard', '--import', 'all')
    expect(status).toBe(64)
    expect(stderr).toContain('for --non-interactive')
  })
})
