// Rotation in the real gateway, as programs and people see it: groups that share a limit, late reports, and held-back spending.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type GatewayProcess } from '../support/gateway-process.ts'

const [one, two, three] = ['OPENAI_API_KEY_1', 'OPENAI_API_KEY_2', 'OPENAI_API_KEY_3'].map((name) => `openai:${name}`)
let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      OPENAI_API_KEY_1: 'sk-test-1000000000000000001',
      OPENAI_API_KEY_2: 'sk-test-2000000000000000002',
      OPENAI_API_KEY_3: 'sk-test-3000000000000000003',
    },
    configuration: { auth: { quotaGroups: { acme: [one, two] } } },
  })
})
afterAll(() => gateway.stop())

const report = (more: object) =>
  gateway.client.callAny('credentials.report', {
    profileId: one,
    outcome: 'rate_limited',
    retryAfterMs: 600_000,
    ...more,
  })

test('a sibling of a limited key rests with it, and everything says with whom', async () => {
  await report({})
  const reason = `rate limited with ${one} (group acme)`
  const { candidates, next } = await gateway.client.call('credentials.resolve', { provider: 'openai' })
  expect(candidates).toMatchObject([
    { profileId: one, status: 'cooling', reason: 'rate limited' },
    { profileId: two, status: 'cooling', reason },
    { profileId: three, status: 'ready' },
  ])
  expect(next).toBe(three)
  expect(await gateway.client.call('cooldowns.list', {})).toMatchObject([
    { profileId: one },
    { profileId: two, limitedBy: one, group: 'acme' },
  ])
  const { providers, check } = await gateway.client.call('models.status', {})
  expect(providers[0]?.candidates[1]).toMatchObject({ profileId: two, status: 'cooling', reason })
  expect(check.problems.map(({ message }) => message)).toContainEqual(expect.stringContaining(`${two} is ${reason}`))
})

test('a sibling that is refused as well is the same limit, and no event of its own', async () => {
  await report({ profileId: two })
  const { events } = await gateway.client.call('audit.log', { type: 'CredentialRateLimited' })
  expect(events).toHaveLength(1)
})

test('a success from before the cooldown ends nothing, one that began while it ran ends it for the whole group', async () => {
  const early = new Date(Date.now() - 60_000).toISOString()
  await report({ profileId: two, outcome: 'ok', startedAt: early })
  expect(await gateway.client.call('cooldowns.list', {})).toHaveLength(2)
  await report({ profileId: two, outcome: 'ok' })
  expect(await gateway.client.call('cooldowns.list', {})).toEqual([])
  const { events } = await gateway.client.call('audit.log', { type: 'CredentialCooldownCleared' })
  expect(events).toMatchObject([{ data: { profileId: one, reason: 'trial' } }])
})

test('a refusal from before the last cooldown is late', async () => {
  const early = new Date(Date.now() - 60_000).toISOString()
  await report({ profileId: three, startedAt: early })
  expect(await gateway.client.call('cooldowns.list', {})).toEqual([])
})

test('clearing the cooldown of a sibling clears that of its group', async () => {
  await report({})
  expect(await gateway.client.call('cooldowns.clear', { profileId: two! })).toEqual({ cleared: [two, one] })
  expect(await gateway.client.call('cooldowns.list', {})).toEqual([])
})
