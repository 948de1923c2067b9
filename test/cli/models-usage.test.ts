// `models usage` and the lines of the log beside a running gateway, its provider and a client.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../../src/protocol/contract.ts'
import { cleanEnvironment, programPath, startGateway } from '../support/gateway-process.ts'
import { answerError, answerRateLimited } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

let provider: ProviderServer
let cli: CliWithGateway
beforeAll(async () => {
  provider = await openProviderServer()
  provider.behave(fakeKey('FULL'), answerRateLimited({ reset: 'retry-after', seconds: 3_600 }))
  provider.behave(fakeKey('DOWN'), answerError(500))
  cli = await startWithCli({
    env: {
      ANTHROPIC_API_KEY_1: fakeKey('FULL'),
      ANTHROPIC_API_KEY_2: fakeKey('GOOD'),
      OPENAI_API_KEY: fakeKey('DOWN'),
    },
    configuration: {
      models: {
        aliases: { opus: 'anthropic/claude-opus-4-5' },
        providers: { anthropic: { baseUrl: provider.url }, openai: { baseUrl: provider.url } },
      },
    },
  })
})
afterAll(async () => {
  await cli.gateway.stop()
  await provider.close()
})

async function ask(path: string, model: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(cli.gateway.httpUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [] }),
  })
  await response.arrayBuffer()
}

let token = ''
const usageOf = (...args: string[]): Promise<Result<'models.usage'>> => cli.json('models', 'usage', ...args)

/** A record is complete a moment after its answer. */
const untilCounted = (count: number): Promise<void> => until(async () => (await usageOf()).totals.requests === count)

describe('models usage', () => {
  it('says so when there were no requests', async () => {
    expect((await cli.run('models', 'usage')).stdout).toBe('no requests in the last 7 days\n')
    expect((await cli.run('models', 'usage', '--since', '5m')).stdout).toMatch(
      /^no requests since \d{4}-\d\d-\d\d \d\d:00, by the hour\n$/,
    )
    expect((await cli.run('models', 'usage', '--since', '12d', '--until', '10d')).stdout).toBe(
      'no requests from 12d ago to 10d ago\n',
    )
    expect((await cli.run('models', 'usage', '--since', '24h')).stdout).toBe('no requests in the last 24 hours\n')
    expect((await cli.run('models', 'usage', '--since', '1d')).stdout).toBe('no requests in the last day\n')
    expect((await cli.run('models', 'usage', '--since', '2026-01-01')).stdout).toBe('no requests since 2026-01-01\n')
  })

  it('counts requests as soon as they have ended, by whatever is asked for', async () => {
    ;({ token } = await cli.gateway.client.call('clients.issue', { name: 'laptop' }))
    await ask('/anthropic/v1/messages', 'claude-sonnet-4-5', { 'x-traseai-agent': 'coder' })
    await ask('/anthropic/v1/messages', 'claude-opus-4-5')
    await ask('/openai/v1/chat/completions', 'gpt-5')
    await untilCounted(3)
    const byCredential = await usageOf()
    expect(byCredential.rows).toMatchObject([
      { profileId: 'anthropic:ANTHROPIC_API_KEY_2', requests: 2, ok: 2, attempts: 4, inputTokens: 6, outputTokens: 10 },
      { profileId: 'openai:OPENAI_API_KEY', requests: 1, ok: 0, providerError: 1, firstTokenMs: null },
    ])
    expect(byCredential.totals).toMatchObject({
      requests: 3,
      ok: 2,
      providerError: 1,
      inputTokens: 6,
      outputTokens: 10,
    })
    // Nobody knows a model that a provider never answered for.
    expect((await usageOf('--by', 'model')).rows.map(({ model }) => model)).toEqual([
      'claude-sonnet-4-5',
      'claude-opus-4-5',
      'other',
    ])
    expect((await usageOf('--by', 'agent')).rows).toMatchObject([
      { agent: 'main', requests: 2 },
      { agent: 'coder', requests: 1 },
    ])
    expect((await usageOf('--by', 'client', '--provider', 'openai')).rows).toMatchObject([
      { client: 'laptop', requests: 1 },
    ])
    expect((await usageOf('--by', 'day')).rows).toMatchObject([{ requests: 3 }])
    expect((await usageOf('--agent', 'coder')).totals.requests).toBe(1)
    expect((await usageOf('--model', 'claude-opus-4-5')).totals.requests).toBe(1)
    expect((await usageOf('--model', 'anthropic/claude-opus-4-5')).totals.requests).toBe(1)
    expect((await usageOf('--model', 'opus', '--by', 'model')).totals.requests).toBe(1)
    expect((await usageOf('--model', 'openai/claude-opus-4-5')).totals.requests).toBe(0)
    expect((await usageOf('--until', '1d')).totals.requests).toBe(0)
  })

  it('is a table in a pipe', async () => {
    const { stdout, stderr, status } = await cli.runWith(
      { env: { LANG: 'C.UTF-8' } },
      'models',
      'usage',
      '--by',
      'provider',
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.split('\n').map((line) => line.replace(/\d+ms$/, 'some ms'))).toEqual([
      'requests in the last 7 days',
      'PROVIDER                         REQUESTS    OK  LIMITED  FAILED  IN  OUT  FIRST',
      expect.stringMatching(/^anthropic {2}█{20} {9}2 {2}100% {7}0% {6}0% {3}6 {3}10 {2,}some ms$/),
      expect.stringMatching(/^openai {5}█{10} {19}1 {4}0% {7}0% {4}100% {3}0 {4}0 {6}-$/),
      expect.stringMatching(/^total {30,}3 {3}67% {7}0% {5}33% {3}6 {3}10 {2,}some ms$/),
      '',
    ])
  })

  it.runIf(hasScript).each([40, 80])('fits a terminal of %d columns', (width) => {
    const env = { ...cleanEnvironment(cli.gateway.home), TERM: 'dumb' }
    const line = `stty cols ${width}; '${process.execPath}' '${programPath}' models usage`
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { env, encoding: 'utf8' })
    const shown = stdout.split('\r\n')
    expect(shown.length).toBeGreaterThan(4)
    expect(stdout).toContain('####')
    expect(Math.max(...shown.map((text) => text.length))).toBeLessThanOrEqual(width)
  })

  it('refuses what it does not understand, in words', async () => {
    const unknown = await cli.run('models', 'usage', '--provider', 'opnai')
    expect([unknown.status, unknown.stderr]).toEqual([66, expect.stringContaining('did you mean openai?')])
    const profile = await cli.run('models', 'usage', '--profile-id', 'openai:nobody')
    expect([profile.status, profile.stderr]).toEqual([66, expect.stringContaining('"openai:nobody" not found')])
    expect((await cli.run('models', 'usage', '--since', 'yesterday')).status).toBe(64)
    expect((await cli.run('models', 'usage', '--by', 'colour')).status).toBe(64)
    const backwards = await cli.run('models', 'usage', '--since', '10d', '--until', '12d')
    expect([backwards.status, backwards.stderr]).toEqual([64, expect.stringContaining('--since 12d --until 10d')])
  })
})

describe('the log', () => {
  it('has a line for each request, which reads well', async () => {
    const lines = async (): Promise<string> => (await cli.run('gateway', 'logs')).stdout
    await until(async () => (await lines()).includes('openai/gpt-5'))
    expect(await lines()).toMatch(
      /info {2}anthropic\/claude-sonnet-4-5 200 ok in \d+ms, first token \d+ms, 2 attempts, tokens 3 in 5 out \(anthropic:ANTHROPIC_API_KEY_2, client laptop, agent coder\)/,
    )
    expect(await lines()).toMatch(/openai\/gpt-5 500 error of the provider in \d+ms/)
  })
})

it('what was used is still known after a stop and a kill', async () => {
  const { home, env } = cli.gateway
  await cli.gateway.client.call('gateway.stop', {})
  await cli.gateway.ended
  const again = await startGateway({ home, env })
  expect((await again.client.call('models.usage', {})).totals).toMatchObject({ requests: 3, inputTokens: 6 })
  await again.kill9()
  const third = await startGateway({ home, env })
  expect((await third.client.call('models.usage', {})).totals.requests).toBe(3)
  await third.stop()
})
