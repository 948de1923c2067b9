// The doctor in a gateway that runs: what only it can know.
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Params, Result } from '../../src/protocol/contract.ts'
import { version } from '../../src/version.ts'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { startGateway, type GatewayProcess, type GatewayProcessOptions } from '../support/gateway-process.ts'
import type { Code } from './examined-home.ts'

const key = 'sk-ant-test-0123456789abcdef0123'

async function gatewayWith(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const gateway = await startGateway(options)
  onTestFinished(async () => void (await gateway.stop()))
  return gateway
}

async function ask(
  gateway: GatewayProcess,
  code: Code,
  params: Params<'doctor.run'> = {},
): Promise<Result<'doctor.run'>> {
  return (await gateway.client.call('doctor.run', params)).filter((each) => each.code === code)
}

describe('a gateway in order', () => {
  let gateway: GatewayProcess
  beforeAll(async () => {
    gateway = await startGateway({ env: { ANTHROPIC_API_KEY: key } })
  })
  afterAll(() => gateway.stop())

  it('has nothing wrong, and every check is made', async () => {
    const found = await gateway.client.call('doctor.run', {})
    expect(found.filter(({ severity, skipped }) => severity !== 'ok' || skipped)).toEqual([])
    expect(JSON.stringify(found)).not.toContain(key.slice(8, 20))
  })

  it('of another version than the command is to be restarted', async () => {
    const caller = { version: '99.0.0', unseenKeys: [] }
    expect(await ask(gateway, 'gateway', { caller })).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('99.0.0') as string, hint: 'traseai gateway restart' },
    ])
    expect(await ask(gateway, 'gateway', { caller: { version, unseenKeys: [] } })).toMatchObject([{ severity: 'ok' }])
  })

  it('is told of keys that only the caller has, by their names', async () => {
    const unseenKeys = [{ name: 'GROQ_API_KEY', why: 'unseen' as const }]
    expect(await ask(gateway, 'caller_keys', { caller: { version, unseenKeys } })).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('GROQ_API_KEY is set in your shell') as string },
    ])
  })
})

describe('a gateway', () => {
  it('without a key for a provider in use has an error that says what to type', async () => {
    const gateway = await gatewayWith({ configuration: { models: { default: 'anthropic/claude-sonnet-4-5' } } })
    expect(await ask(gateway, 'credentials')).toMatchObject([
      {
        severity: 'error',
        message: expect.stringContaining('No credentials') as string,
        hint: expect.stringContaining('traseai models auth paste-api-key --provider anthropic') as string,
      },
    ])
  })

  it('whose order or quota groups name a credential that is not there has a warning', async () => {
    const profileIds = ['anthropic:ANTHROPIC_API_KEY', 'anthropic:ANTHROPIC_API_KEY_22']
    const auth = { order: { anthropic: profileIds }, quotaGroups: { acme: profileIds } }
    const gateway = await gatewayWith({ env: { ANTHROPIC_API_KEY: key }, configuration: { auth } })
    expect(await ask(gateway, 'credentials')).toMatchObject(
      ['auth.order', 'auth.quotaGroups'].map((place) => ({
        severity: 'warning',
        message: `${place} names anthropic:ANTHROPIC_API_KEY_22, which has no credential`,
      })),
    )
  })

  it('with a key that the provider refused, or limits for a day, has a warning', async () => {
    const gateway = await gatewayWith({
      env: { ANTHROPIC_API_KEY: key, OPENAI_API_KEY: `sk-${key}`, GROQ_API_KEY: 'x' },
    })
    const report = (profileId: string, rest: object) =>
      gateway.client.callAny('credentials.report', { profileId, ...rest })
    await report('anthropic:ANTHROPIC_API_KEY', { outcome: 'unauthorized' })
    await report('openai:OPENAI_API_KEY', { outcome: 'rate_limited', retryAfterMs: 86_400_000 })
    await report('groq:GROQ_API_KEY', { outcome: 'rate_limited', retryAfterMs: 60_000 })
    const found = (await ask(gateway, 'credentials')).map(({ severity, message }) => [severity, message.split(':')[0]])
    expect(found).toEqual(
      expect.arrayContaining([
        ['warning', 'anthropic'],
        ['warning', 'openai'],
        ['ok', 'groq'],
      ]),
    )
  })

  it('whose traseai.json names another port is to be restarted', async () => {
    const gateway = await gatewayWith({})
    writeFileSync(join(gateway.home, 'traseai.json'), '{ "gateway": { "port": 1234 } }', { mode: 0o600 })
    expect(await ask(gateway, 'listening')).toMatchObject([{ severity: 'warning', hint: 'traseai gateway restart' }])
  })

  it('whose socket was removed is still able to say so', async () => {
    const gateway = await gatewayWith({})
    rmSync(gateway.socket)
    expect(await ask(gateway, 'socket')).toMatchObject([
      { severity: 'error', hint: expect.stringContaining(`kill ${gateway.pid}`) as string },
    ])
  })

  it('that knows something else than its log says has an error', async () => {
    const gateway = await gatewayWith({})
    await gateway.client.call('clients.issue', { name: 'editor' })
    expect(await ask(gateway, 'history')).toMatchObject([{ severity: 'ok' }])
    const database = connectDatabase(join(gateway.home, 'traseai.db'))
    database.exec('DROP TRIGGER events_refuse_update')
    database.exec("UPDATE events SET data = json_replace(data, '$.name', 'intruder') WHERE type = 'ClientIssued'")
    database.close()
    expect(await ask(gateway, 'history')).toMatchObject([{ severity: 'error' }])
  })

  it('whose newest event is in the future knows that the clock was set back', async () => {
    const gateway = await gatewayWith({})
    const database = connectDatabase(join(gateway.home, 'traseai.db'))
    database.exec('DROP TRIGGER events_refuse_update')
    database.exec('UPDATE events SET at = at + 7200000')
    database.close()
    expect(await ask(gateway, 'clock_set_back')).toMatchObject([{ severity: 'warning' }])
  })

  it('mends its home when it is asked to', async () => {
    const gateway = await gatewayWith({})
    const left = join(gateway.home, '..env.0123456789ab.tmp')
    writeFileSync(left, 'x', { mode: 0o600 })
    utimesSync(left, 1, 1)
    expect(await ask(gateway, 'leftovers', { fix: true })).toMatchObject([{ fixed: true }])
    expect(await ask(gateway, 'leftovers')).toMatchObject([{ severity: 'ok' }])
  })
})
