// What programs ask of the control socket, method by method, of the real gateway.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'

const [first, second] = ['sk-ant-test-first-0000000000000001', 'sk-ant-test-second-000000000000002']
const firstId = 'anthropic:ANTHROPIC_API_KEY'
const secondId = 'anthropic:ANTHROPIC_API_KEY_2'

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway({
    env: { ANTHROPIC_API_KEY: first, ANTHROPIC_API_KEY_2: second },
    configuration: { auth: { order: { openai: ['openai:OPENAI_API_KEY'] }, cooldowns: { rateLimit: ['7m'] } } },
  })
})

afterAll(() => gateway.stop())

describe('credentials', () => {
  it('are listed in the order in which they would be tried, without a secret', async () => {
    const listed = await gateway.client.call('credentials.list', {})
    expect(listed).toMatchObject([
      { profileId: firstId, provider: 'anthropic', kind: 'api_key', status: 'ready', last4: '0001' },
      { profileId: secondId, source: { kind: 'process-env', name: 'ANTHROPIC_API_KEY_2' }, last4: '0002' },
    ])
    expect(JSON.stringify(listed)).not.toContain('sk-ant')
    expect(await gateway.client.call('credentials.list', { provider: 'openai' })).toEqual([])
  })

  it('of a provider that nobody knows are refused with a suggestion', async () => {
    await expect(gateway.client.call('credentials.list', { provider: 'anthropc' })).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('anthropic') as unknown,
    })
  })

  it('are resolved without their secrets, and nothing is recorded', async () => {
    const resolved = await gateway.client.call('credentials.resolve', { provider: 'anthropic' })
    expect(resolved).toMatchObject({ basis: 'default', next: firstId })
    expect(resolved.candidates.map(({ profileId, secret }) => [profileId, secret])).toEqual([
      [firstId, undefined],
      [secondId, undefined],
    ])
    expect((await gateway.client.call('audit.log', { type: 'CredentialRevealed' })).events).toEqual([])
  })

  it('are revealed when asked for, and the history says to whom', async () => {
    const { candidates } = await gateway.client.call('credentials.resolve', { provider: 'anthropic', reveal: true })
    expect(candidates.map(({ secret }) => secret)).toEqual([first, second])
    const { events } = await gateway.client.call('audit.log', { type: 'CredentialRevealed', order: 'asc' })
    expect(events.map(({ data, actor }) => [data['profileId'], actor.pid])).toEqual([
      [firstId, process.pid],
      [secondId, process.pid],
    ])
  })

  it('rest for the stated time when a program reports a rate limit, for that model only', async () => {
    const model = 'claude-sonnet-4-5'
    const report = { profileId: firstId, model, outcome: 'rate_limited', retryAfterMs: 60_000 } as const
    const { status, until } = await gateway.client.call('credentials.report', report)
    expect(status).toBe('cooling')
    expect(Date.parse(until ?? '') - Date.now()).toBeLessThanOrEqual(60_000)
    const forModel = await gateway.client.call('credentials.resolve', { provider: 'anthropic', model })
    expect(forModel.next).toBe(secondId)
    const forOther = await gateway.client.call('credentials.resolve', {
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
    })
    expect(forOther.next).toBe(firstId)
    expect(await gateway.client.call('cooldowns.list', {})).toMatchObject([{ profileId: firstId, model, refusals: 1 }])
  })

  it('rest for the configured time when the provider stated none', async () => {
    const { until } = await gateway.client.call('credentials.report', { profileId: secondId, outcome: 'rate_limited' })
    const restMs = Date.parse(until ?? '') - Date.now()
    expect(restMs).toBeGreaterThan(5 * 60_000)
    expect(restMs).toBeLessThanOrEqual(7 * 60_000)
  })

  it('are used again when their cooldowns are cleared, one or all', async () => {
    expect(await gateway.client.call('cooldowns.clear', { profileId: firstId })).toEqual({ cleared: [firstId] })
    expect(await gateway.client.call('cooldowns.clear', { provider: 'anthropic' })).toEqual({ cleared: [secondId] })
    expect(await gateway.client.call('cooldowns.clear', {})).toEqual({ cleared: [] })
    expect(await gateway.client.call('cooldowns.list', {})).toEqual([])
  })

  it('are disabled when a program was refused, and enabled by hand', async () => {
    const report = await gateway.client.call('credentials.report', { profileId: firstId, outcome: 'unauthorized' })
    expect(report).toEqual({ status: 'disabled', until: null })
    const enable = { profileId: firstId }
    expect(await gateway.client.call('credentials.enable', enable)).toEqual({ profileId: firstId, enabled: true })
    expect(await gateway.client.call('credentials.enable', enable)).toEqual({ profileId: firstId, enabled: false })
  })

  it('have a last use once a program reports a success', async () => {
    await gateway.client.call('credentials.report', { profileId: secondId, outcome: 'ok' })
    const listed = await gateway.client.call('credentials.list', { provider: 'anthropic' })
    const lastUses = listed.map(({ profileId, lastUsedAt }) => [profileId, lastUsedAt === undefined])
    expect(new Map(lastUses as [string, boolean][])).toEqual(
      new Map([
        [firstId, true],
        [secondId, false],
      ]),
    )
  })

  it('that nobody knows are refused with the one that was perhaps meant', async () => {
    const report = { profileId: 'ANTHROPIC_API_KEY_2', outcome: 'ok' } as const
    await expect(gateway.client.call('credentials.report', report)).rejects.toMatchObject({
      code: 'not_found',
      hint: `did you mean ${secondId}?`,
    })
  })
})

describe('the order of a provider', () => {
  it('comes from the configuration where that has one, else from the rules', async () => {
    expect(await gateway.client.call('order.get', { provider: 'openai' })).toEqual({
      agent: 'main',
      profileIds: ['openai:OPENAI_API_KEY'],
      origin: 'config',
    })
    expect(await gateway.client.call('order.get', { provider: 'anthropic' })).toEqual({
      agent: 'main',
      profileIds: [firstId, secondId],
      origin: 'default',
    })
  })
})

describe('variables', () => {
  const name = 'GROQ_API_KEY'

  it('are set in .env beside what is there, used at once, and removed again', async () => {
    const file = join(gateway.home, '.env')
    await writeFile(file, '# mine\nOTHER=1\n', { mode: 0o600 })
    const set = await gateway.client.call('env.set', { name, value: 'gsk-test-000000000000000000000001' })
    expect(set).toMatchObject({ name, profileIds: [`groq:${name}`], shadowedBy: null })
    expect(await readFile(file, 'utf8')).toContain('# mine\nOTHER=1\n')
    expect(await gateway.client.call('credentials.list', { provider: 'groq' })).toMatchObject([
      { profileId: `groq:${name}`, source: { kind: 'env-file', name } },
    ])
    const { variables } = await gateway.client.call('env.list', {})
    expect(variables.find((variable) => variable.name === name)).toMatchObject({
      provider: 'groq',
      source: { kind: 'env-file', name },
      credentials: [{ profileId: `groq:${name}`, last4: '0001' }],
    })
    expect(await gateway.client.call('env.unset', { name })).toEqual({ name, removed: true, stillSetIn: null })
    expect(await gateway.client.call('env.unset', { name })).toEqual({ name, removed: false, stillSetIn: null })
    expect(await gateway.client.call('credentials.list', { provider: 'groq' })).toEqual([])
  })

  it('that the gateway was started with win over .env, which is said', async () => {
    const place = { kind: 'process-env', name: 'ANTHROPIC_API_KEY' }
    const value = 'sk-ant-test-third-0000000000000003'
    const set = await gateway.client.call('env.set', { name: 'ANTHROPIC_API_KEY', value })
    expect(set.shadowedBy).toEqual(place)
    const unset = await gateway.client.call('env.unset', { name: 'ANTHROPIC_API_KEY' })
    expect(unset).toMatchObject({ removed: true, stillSetIn: place })
  })

  it('that hold no key are refused, with the one that was perhaps meant', async () => {
    await expect(gateway.client.call('env.set', { name: 'GROK_API_KEY', value: 'x' })).rejects.toMatchObject({
      code: 'usage',
      hint: 'did you mean GROQ_API_KEY?',
    })
    await expect(gateway.client.call('env.set', { name: 'PATH', value: '/bin' })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('are read again on demand', async () => {
    expect(await gateway.client.call('env.reload', {})).toEqual({ added: 0, rotated: 0, removed: 0 })
    expect(await gateway.client.call('gateway.reload', {})).toMatchObject({ restartNeeded: [], added: 0 })
  })
})

describe('clients', () => {
  it('get a token once, are listed without it, and are revoked', async () => {
    const { token } = await gateway.client.call('clients.issue', { name: 'editor' })
    expect(token).toMatch(/^trase_[A-Za-z0-9_-]{43}$/)
    await expect(gateway.client.call('clients.issue', { name: 'editor' })).rejects.toMatchObject({
      code: 'already_exists',
    })
    const clients = await gateway.client.call('clients.list', {})
    expect(clients).toMatchObject([{ name: 'editor', boundToPid: null }])
    expect(JSON.stringify(clients)).not.toContain(token)
    await expect(gateway.client.call('clients.revoke', { name: 'editr' })).rejects.toMatchObject({
      code: 'not_found',
      hint: 'did you mean editor?',
    })
    expect(await gateway.client.call('clients.revoke', { name: 'editor' })).toEqual({ name: 'editor' })
    expect(await gateway.client.call('clients.list', {})).toEqual([])
  })
})

describe('the history', () => {
  it('is read page by page, from either end, each event once', async () => {
    const { eventCount } = await gateway.client.call('gateway.status', {})
    const all = Array.from({ length: eventCount }, (_, index) => index + 1)
    expect(await pages('asc')).toEqual(all)
    expect(await pages('desc')).toEqual(all.toReversed())
  })

  it('is filtered by credential, provider and type', async () => {
    const one = await gateway.client.call('audit.log', { profileId: firstId })
    expect(new Set(one.events.map(({ stream }) => stream))).toEqual(new Set([`credential:${firstId}`]))
    const groq = await gateway.client.call('audit.log', { provider: 'groq', order: 'asc' })
    expect(groq.events.map(({ type }) => type)).toEqual(['CredentialAdded', 'CredentialRemoved'])
    const later = await gateway.client.call('audit.log', { since: new Date(Date.now() + 60_000).toISOString() })
    expect(later).toEqual({ events: [] })
    await expect(gateway.client.call('audit.log', { type: 'CredentialAdd' })).rejects.toMatchObject({
      code: 'not_found',
      hint: 'did you mean CredentialAdded?',
    })
  })

  it('has every event by its position', async () => {
    const event = await gateway.client.call('audit.get', { position: 1 })
    expect(event).toMatchObject({ position: 1, schema: expect.any(Number) as unknown, cause: null })
    await expect(gateway.client.call('audit.get', { position: 1_000_000 })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('holds no secret', async () => {
    const history = JSON.stringify((await gateway.client.call('audit.log', { limit: 1_000 })).events)
    for (const secret of [first, second, 'gsk-test']) expect(history).not.toContain(secret)
  })

  async function pages(order: 'asc' | 'desc'): Promise<number[]> {
    const positions: number[] = []
    let after: number | undefined
    do {
      const page = await gateway.client.call('audit.log', {
        order,
        limit: 3,
        ...(after === undefined ? {} : { after }),
      })
      positions.push(...page.events.map(({ position }) => position))
      after = page.next
    } while (after !== undefined)
    return positions
  }
})

it('a configuration that is in use with a warning is in order', async () => {
  const warned = await startGateway({ configuration: { gateway: { port: 0, host: '127.1' } } })
  try {
    const { configuration } = await warned.client.call('gateway.status', {})
    expect(configuration).toMatchObject({ ok: true, problems: [{ key: 'gateway.host' }] })
  } finally {
    await warned.stop()
  }
})
