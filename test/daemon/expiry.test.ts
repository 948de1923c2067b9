// The end of a credential in the real gateway: told when it comes, once, and not again after a restart.
import { afterEach, expect, test } from 'vitest'
import { freshHome, startGateway, type GatewayProcess } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

let gateway: GatewayProcess | null = null
afterEach(async () => {
  await gateway?.kill9()
  await gateway?.removeHome()
  gateway = null
})

const profileId = 'anthropic:short'

async function told({ client }: GatewayProcess): Promise<readonly (readonly [string, string, string])[]> {
  const { events } = await client.call('audit.log', { profileId, order: 'asc' })
  return events
    .filter(({ type }) => type === 'CredentialExpiring' || type === 'CredentialExpired')
    .map(({ type, actor, at }) => [type, actor.kind, at] as const)
}

test('a credential that ends in a moment is told of at that moment, once, whatever becomes of the gateway', async () => {
  const home = await freshHome()
  gateway = await startGateway({ home })
  const expiresAt = new Date(Date.now() + 400).toISOString()
  const secret = `sk-ant-oat01-test-${'0123456789'.repeat(9)}`
  await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'token', secret, expiresAt })
  const running = gateway
  await until(async () => (await told(running)).some(([type]) => type === 'CredentialExpired'))
  const before = await told(running)
  // A machine that stalls until the end hears of the end alone.
  expect(['CredentialExpiring CredentialExpired', 'CredentialExpired']).toContain(
    before.map(([type]) => type).join(' '),
  )
  expect(new Set(before.map(([, actor]) => actor))).toEqual(new Set(['timer']))
  expect(Date.parse(before.at(-1)?.[2] ?? '')).toBeGreaterThanOrEqual(Date.parse(expiresAt))
  await until(async () => (await running.logs()).includes('a credential has expired'))
  const log = await running.logs()
  expect(log).not.toContain(secret.slice(-12))
  await running.kill9()

  gateway = await startGateway({ home })
  const again = gateway
  await again.client.call('credentials.add', {
    profileId: 'anthropic:next',
    provider: 'anthropic',
    kind: 'token',
    secret: secret.replace('test', 'tset'),
    expiresAt,
  })
  // The other one is told of, so the clock has looked at both.
  await until(async () => {
    const { events } = await again.client.call('audit.log', { profileId: 'anthropic:next', type: 'CredentialExpired' })
    return events.length === 1
  })
  expect(await told(again)).toEqual(before)
})
