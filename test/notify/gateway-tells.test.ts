// The gateway tells people what they should know of: once, over each channel, whatever happens to network and process.
import { rm } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { type NoticeServer, openNoticeServer } from '../support/notice-server.ts'
import { until } from '../support/until.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const topic = '/traseai-test-topic'
const hourMs = 3_600_000

async function homeWith(...notify: readonly object[]): Promise<string> {
  const home = await freshHome({ notify })
  closers.push(() => rm(home, { recursive: true, force: true }))
  return home
}

async function serverOfNotices(): Promise<NoticeServer> {
  const server = await openNoticeServer()
  closers.push(() => server.close())
  return server
}

async function gatewayOn(home: string): Promise<GatewayProcess> {
  const gateway = await startGateway({ home })
  closers.push(() => gateway.stop())
  return gateway
}

async function storeToken(gateway: GatewayProcess, name: string, expiresInMs: number): Promise<void> {
  await gateway.client.call('credentials.add', {
    profileId: `anthropic:${name}`,
    provider: 'anthropic',
    kind: 'token',
    secret: `sk-ant-oat01-test-${name.padEnd(90, 'x')}`,
    expiresAt: new Date(Date.now() + expiresInMs).toISOString(),
  })
}

async function noticesSent(gateway: GatewayProcess): Promise<number> {
  return (await gateway.client.call('audit.log', { type: 'NoticeSent' })).events.length
}

test('a token that ends soon is told at an ntfy topic, once, and not again after a crash', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith({ kind: 'ntfy', url: `${ntfy.url}${topic}` })
  const first = await gatewayOn(home)
  await storeToken(first, 'work', 2 * hourMs + 30_000)
  await until(() => ntfy.taken.length === 1)
  expect(ntfy.taken[0]).toMatchObject({
    path: topic,
    headers: { title: 'TraseAI: anthropic:work expires in 2h', priority: '3', tags: 'warning,expiring' },
  })
  expect(ntfy.taken[0]?.body).toContain(
    'traseai models auth setup-token --provider anthropic --profile-id anthropic:work',
  )
  await until(async () => (await noticesSent(first)) === 1)
  await first.kill9()

  const second = await gatewayOn(home)
  await storeToken(second, 'home', 3 * hourMs)
  await until(() => ntfy.taken.length === 2)
  expect(ntfy.taken[1]?.body).toContain('anthropic:home')
  expect(ntfy.taken[1]?.body).not.toContain('anthropic:work')
})
