// Questions to providers in the real gateway: their limits, a stop in their middle, and what a restriction leaves behind.
import { afterEach, expect, test } from 'vitest'
import { startGateway, type GatewayProcess } from '../support/gateway-process.ts'
import { answerNever } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'

let gateway: GatewayProcess | null = null
let provider: ProviderServer | null = null
afterEach(async () => {
  await gateway?.stop()
  await provider?.close()
  gateway = provider = null
})

const key = 'sk-ant-test-0123456789abcdefHANG'
const profileId = 'anthropic:ANTHROPIC_API_KEY'

async function enter(
  env: Readonly<Record<string, string>> = {},
): Promise<{ gateway: GatewayProcess; provider: ProviderServer }> {
  provider = await openProviderServer()
  provider.behave(key, answerNever())
  const providers = { anthropic: { baseUrl: provider.url } }
  gateway = await startGateway({ env: { ANTHROPIC_API_KEY: key, ...env }, configuration: { models: { providers } } })
  return { gateway, provider }
}

test('a gateway that is told to stop does not wait for providers', async () => {
  const world = await enter()
  const probing = world.gateway.client.call('models.status', { probe: true, timeoutMs: 60_000 })
  const listing = world.gateway.client.call('models.list', { timeoutMs: 60_000 })
  const answers = Promise.allSettled([probing, listing])
  await world.provider.untilReceived(2)
  const end = await world.gateway.stop()
  gateway = null
  expect(end).toEqual({ code: 0, signal: null })
  await answers
})

test('a caller that leaves ends what it asked for, as soon as it is noticed to be gone', async () => {
  const world = await enter({ ANTHROPIC_API_KEY_2: 'sk-ant-test-second' })
  let answer: () => void = () => undefined
  world.provider.behave('sk-ant-test-second', (_request, response) => (answer = () => response.end()))
  const caller = await world.gateway.connect()
  const probing = caller.call('models.status', { probe: true, timeoutMs: 60_000 }).catch(() => 'gone')
  await world.provider.untilReceived(2)
  caller.close()
  expect(await probing).toBe('gone')
  answer() // there is something to tell, and nobody to hear it
  await until(async () => (await world.provider.connections()) === 0)
})

test('only so many callers ask at a time', async () => {
  const world = await enter()
  const callers = await Promise.all(Array.from({ length: 4 }, () => world.gateway.connect()))
  const probing = callers.map((caller) =>
    caller.call('models.status', { probe: true, timeoutMs: 60_000 }).catch(() => null),
  )
  await world.provider.untilReceived(4)
  await expect(world.gateway.client.call('models.status', { probe: true })).rejects.toMatchObject({
    code: 'busy',
    message: '4 callers are asking providers already',
  })
  expect(await world.gateway.client.call('models.status', {})).toMatchObject({ version: 1 })
  for (const caller of callers) caller.close()
  await Promise.all(probing)
})

test('a program that was told "only for Claude Code" may say so: it is noted once, and the credential stays in use', async () => {
  const { client, logs } = (await enter()).gateway
  const report = { profileId, outcome: 'restricted' } as const
  expect(await client.call('credentials.report', report)).toEqual({ status: 'ready', until: null })
  await client.call('credentials.report', report)
  const { events } = await client.call('audit.log', { profileId, type: 'CredentialRestricted' })
  expect(events.map(({ data }) => data)).toEqual([{ profileId, to: 'claude-code' }])
  const status = await client.call('models.status', {})
  expect(status.providers[0]).toMatchObject({
    next: profileId,
    candidates: [{ status: 'ready', reason: 'only for Claude Code' }],
  })
  expect(status.check.problems).toMatchObject([{ code: 'restricted', profileId }])
  await until(async () => (await logs()).includes('only for Claude Code: other programs need an API key'))
})
