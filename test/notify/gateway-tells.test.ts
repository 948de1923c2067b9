// The gateway tells people what they should know of: once, over each channel, whatever happens to network and process.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { hourMs, noticesSent, openTellingHome, storeToken, topic } from './telling-home.ts'

const world = openTellingHome()
const { homeWith, serverOfNotices, gatewayOn } = world
afterEach(() => world.close())

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

test('with the network down for a while it is told once it is back, also by another process', async () => {
  const [ntfy, hook] = [await serverOfNotices(), await serverOfNotices()]
  const home = await homeWith(
    { kind: 'ntfy', url: `${ntfy.url}${topic}` },
    { kind: 'webhook', name: 'office', url: `${hook.url}/hook` },
  )
  await ntfy.goAway()
  const first = await gatewayOn(home)
  await storeToken(first, 'work', 2 * hourMs)
  await until(() => hook.taken.length === 1)
  await until(async () => (await noticesSent(first)) === 1)
  await until(async () => (await first.client.call('notify.list', {})).channels[0]?.trouble !== null)
  expect((await first.client.call('notify.list', {})).channels).toMatchObject([
    {
      name: 'ntfy',
      trouble: { reason: `${new URL(ntfy.url).host} cannot be reached: connection refused (ECONNREFUSED)` },
    },
    { name: 'office', trouble: null },
  ])
  await first.kill9()
  await ntfy.comeBack()
  const second = await gatewayOn(home)
  await until(() => ntfy.taken.length === 1)
  await until(async () => (await noticesSent(second)) === 2)
  expect(hook.taken).toHaveLength(1)
  expect(await second.logs()).not.toContain(topic)
})

test('a channel that is added while it runs hears of what is open, and a rotation is the end of it', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith()
  const gateway = await gatewayOn(home)
  await storeToken(gateway, 'work', 2 * hourMs)
  const notify = [{ kind: 'ntfy', url: `${ntfy.url}${topic}` }]
  await writeFile(join(home, 'traseai.json'), JSON.stringify({ gateway: { port: 0 }, notify }))
  await gateway.client.call('gateway.reload', {})
  await storeToken(gateway, 'home', 3 * hourMs)
  await until(() => ntfy.taken.length === 1)
  expect(ntfy.taken[0]?.body).toContain('anthropic:work')
  expect(ntfy.taken[0]?.body).toContain('anthropic:home')
  await storeToken(gateway, 'work', 300 * 24 * hourMs)
  await until(async () => (await gateway.client.call('audit.log', { type: 'NoticeSettled' })).events.length === 1)
  expect((await gateway.client.call('notify.list', {})).matters.map(({ profileId }) => profileId)).toEqual([
    'anthropic:home',
  ])
})

test('a stop waits for a notice that is on its way', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith({ kind: 'ntfy', url: `${ntfy.url}${topic}` })
  const first = await gatewayOn(home)
  await storeToken(first, 'work', 2 * hourMs)
  await until(() => ntfy.attempts.length === 1)
  await first.stop()
  const second = await gatewayOn(home)
  expect(await noticesSent(second)).toBe(1)
})
