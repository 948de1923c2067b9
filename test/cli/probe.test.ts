// `models status --probe` and `models list` beside a running gateway and a provider that answers each key in its own way.
import { spawn, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../src/protocol/contract.ts'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { answerError, answerNever, answerRaw } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false
const list = JSON.stringify({ data: [{ id: 'claude-opus-4-5' }, { id: 'claude-sonnet-4-5' }] })

let provider: ProviderServer
let cli: CliWithGateway
beforeAll(async () => {
  provider = await openProviderServer()
  provider.behave(fakeKey('GOOD'), answerRaw(200, ['content-type', 'application/json'], list))
  provider.behave(fakeKey('NONE'), answerError(401))
  provider.behave(fakeKey('DOWN'), answerError(500))
  cli = await startWithCli({
    env: {
      ANTHROPIC_API_KEY: fakeKey('GOOD'),
      ANTHROPIC_API_KEY_2: fakeKey('NONE'),
      OPENAI_API_KEY: fakeKey('DOWN'),
      GROQ_API_KEY: fakeKey('GRRR'),
    },
    configuration: {
      models: {
        default: 'anthropic/claude-sonnet-4-5',
        aliases: { sonnet: 'anthropic/claude-sonnet-4-5', flash: 'google/gemini-3-flash' },
        providers: {
          anthropic: { baseUrl: provider.url },
          openai: { baseUrl: provider.url },
          groq: { baseUrl: 'http://127.0.0.1:1' },
        },
      },
    },
  })
})
afterAll(async () => {
  await cli.gateway.stop()
  await provider.close()
})

const probeAll = ['models', 'status', '--probe']

describe('models status --probe', () => {
  it('says of each credential what its provider says, and what to do', async () => {
    const { status, stdout, stderr } = await cli.run(...probeAll)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines[1]).toMatch(/^CREDENTIAL +KEY +PROBE +STATUS$/)
    expect(lines[2]).toMatch(/^anthropic:ANTHROPIC_API_KEY +…GOOD +ok, \d+ ms +ready; next$/)
    expect(lines[3]).toMatch(/^anthropic:ANTHROPIC_API_KEY_2 +…NONE +unauthorized \(401\) +ready$/)
    expect(stdout).toMatch(/openai:OPENAI_API_KEY +…DOWN +failed \(500\) /)
    expect(stdout).toMatch(/groq:GROQ_API_KEY +…GRRR +unreachable /)
    expect(stdout).toMatch(
      /\nprobe: anthropic:ANTHROPIC_API_KEY_2 did not pass its probe: 401 [a-z_]+\n {2}hint: traseai env set ANTHROPIC_API_KEY_2\n/,
    )
    expect(stdout).not.toContain(fakeKey('').slice(4))
  })

  it('changes nothing: no event, no disabled key, no use', async () => {
    const before = await cli.gateway.client.call('gateway.status', {})
    const report = await cli.json<Result<'models.status'>>(...probeAll)
    expect((await cli.gateway.client.call('gateway.status', {})).eventCount).toBe(before.eventCount)
    const [good, none] = report.providers[0]?.candidates ?? []
    expect(good).toMatchObject({ status: 'ready', lastUsedAt: null, probe: { outcome: 'ok', status: 200 } })
    expect(none).toMatchObject({ status: 'ready', probe: { outcome: 'unauthorized', status: 401 } })
  })

  it('is no part of the exit status of --check', async () => {
    const { status, stdout } = await cli.run(...probeAll, '--check')
    expect(status).toBe(0)
    expect(stdout).toContain('check: ok')
  })

  it('keeps to its time limit', async () => {
    provider.behave(fakeKey('DOWN'), answerNever())
    const { stdout } = await cli.run(...probeAll, '--probe-timeout', '1s')
    provider.behave(fakeKey('DOWN'), answerError(500))
    expect(stdout).toMatch(/openai:OPENAI_API_KEY +…DOWN +timeout /)
    expect(stdout).toContain('probe: openai:OPENAI_API_KEY did not pass its probe: no answer within 1 s\n')
  })

  it('refuses a time limit that is none', async () => {
    for (const wrong of ['0s', '2m', 'soon', '']) {
      const { status, stderr } = await cli.run('models', 'status', '--probe', '--probe-timeout', wrong)
      expect(status).toBe(64)
      expect(stderr).toContain('A duration from 1s to 1m is needed, such as 8s.')
    }
    const { status, stderr } = await cli.run('models', 'status', '--probe-timeout', '3')
    expect([status, stderr]).toEqual([
      64,
      'traseai: --probe-timeout is for --probe\nhint: traseai models status --probe\n',
    ])
  })

  it('tells a caller on the socket how far it has come', async () => {
    const client = await cli.gateway.connect()
    const told: string[] = []
    client.onNotification('models.probed', ({ profileId, outcome }) => told.push(`${profileId} ${outcome}`))
    await client.call('models.status', { probe: true })
    client.close()
    expect(told.toSorted()).toEqual([
      'anthropic:ANTHROPIC_API_KEY ok',
      'anthropic:ANTHROPIC_API_KEY_2 unauthorized',
      'groq:GROQ_API_KEY unreachable',
      'openai:OPENAI_API_KEY failed',
    ])
  })

  it('without --probe nobody is asked', async () => {
    const asked = provider.received.length
    const report = await cli.json<Result<'models.status'>>('models', 'status')
    expect(report.providers.flatMap(({ candidates }) => candidates.filter(({ probe }) => probe))).toEqual([])
    expect(provider.received).toHaveLength(asked)
  })
})

describe('models list', () => {
  it('prints names alone in a pipe, the default first, and says on stderr whose list is missing', async () => {
    const { status, stdout, stderr } = await cli.run('models', 'list')
    expect(status).toBe(0)
    expect(stdout).toBe('anthropic/claude-sonnet-4-5\nanthropic/claude-opus-4-5\ngoogle/gemini-3-flash\n')
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^note: openai: the list was refused: 500 [a-z_]+$/),
      'note: google: no usable credential',
      'note: groq: 127.0.0.1:1 cannot be reached: connection refused (ECONNREFUSED)',
      '',
    ])
  })

  it('lists one provider, and says as JSON what is the default and which names there are for it', async () => {
    const listing = await cli.json<Result<'models.list'>>('models', 'list', '--provider', 'anthropic')
    expect(listing).toMatchObject({
      default: 'anthropic/claude-sonnet-4-5',
      providers: [
        {
          provider: 'anthropic',
          models: [{ name: 'claude-sonnet-4-5', default: true, aliases: ['sonnet'] }, { name: 'claude-opus-4-5' }],
        },
      ],
    })
  })

  it('asks again only when told to', async () => {
    await cli.run('models', 'list', '--provider', 'anthropic')
    const asked = provider.received.length
    await cli.run('models', 'list', '--provider', 'anthropic')
    expect(provider.received).toHaveLength(asked)
    await cli.run('models', 'list', '--provider', 'anthropic', '--fresh')
    expect(provider.received).toHaveLength(asked + 1)
  })

  it('a provider without a key, and one nobody knows, are said so', async () => {
    const bare = await cli.run('models', 'list', '--provider', 'mistral')
    expect([bare.status, bare.stdout]).toEqual([0, ''])
    expect(bare.stderr).toBe(
      'note: mistral: no usable credential\nhint: traseai models auth paste-api-key --provider mistral, or: traseai env set MISTRAL_API_KEY\n',
    )
    const unknown = await cli.run('models', 'list', '--provider', 'antropic')
    expect(unknown.status).toBe(66)
    expect(unknown.stderr).toContain('did you mean anthropic?')
  })
})

function atTerminal(args: string, env: Readonly<Record<string, string>>, columns = 80): Promise<string> {
  const command = `stty cols ${columns}; "${process.execPath}" "${programPath}" --no-start ${args}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: cleanEnvironment(cli.gateway.home, { TERM: 'xterm', SHELL: '/bin/sh', ...env }),
  })
  let screen = ''
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString().replaceAll('\r\n', '\n')))
  return new Promise((resolve) => child.on('close', () => resolve(screen)))
}

describe.skipIf(!hasScript)('at a terminal (needs script of util-linux)', () => {
  it('one line tells the progress and is gone at the end', async () => {
    const screen = await atTerminal(probeAll.join(' '), {})
    expect(screen).toContain('\r\u001b[2Kprobing …\r\u001b[2Kprobed 1: ')
    expect(screen).toMatch(/probed 4: [^\n]*\r\u001b\[2K\u001b\[1manthropic/)
  })

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('with %j each step is a line of its own', async (env) => {
    const screen = await atTerminal(probeAll.join(' '), env)
    expect(screen).toMatch(/^probing …\nprobed 1: /)
    expect(screen).toContain('\nprobed 4: ')
    expect(screen).not.toContain('\u001b')
  })

  it('with --json there is the one object only', async () => {
    expect(JSON.parse(await atTerminal(`${probeAll.join(' ')} --json`, {}))).toHaveProperty('providers')
  })

  it('models list marks what the configuration names, and fits 40 columns', async () => {
    const args = 'models list --provider anthropic'
    expect(await atTerminal(args, { NO_COLOR: '1' })).toBe(
      'anthropic/claude-sonnet-4-5  (default, alias sonnet)\nanthropic/claude-opus-4-5\n',
    )
    const narrow = await atTerminal(
      `${probeAll.join(' ')}; "${process.execPath}" "${programPath}" ${args}`,
      { NO_COLOR: '1' },
      40,
    )
    expect(narrow).toContain('anthropic/claude-sonnet-4-5\n  (default, alias sonnet)\n')
    for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  })
})
