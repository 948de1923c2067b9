// .env and its neighbours where no change events come: on a file system that is changed elsewhere, and on a machine that has no watches left.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { envKey, type Laptop, openLaptop } from '../support/laptop.ts'
import { storedKey } from '../support/profiles-home.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { itOnTroubledDisk, mountTroubledDisk } from '../support/troubled-disk.ts'
import { until } from '../support/until.ts'

const groq = (end: string): string => `gsk_test_0123456789abcdef${end}`
const text = (...lines: readonly string[]): string => [`ANTHROPIC_API_KEY=${envKey}`, ...lines, ''].join('\n')

async function last4({ gateway }: Laptop, provider: string): Promise<readonly (string | undefined)[]> {
  return (await gateway.client.call('credentials.list', { provider })).map((credential) => credential.last4)
}

itOnTroubledDisk(
  'saves on another machine of the network are seen without an event, however they are made',
  async () => {
    const disk = await mountTroubledDisk()
    const laptop = await openLaptop(disk.path)
    const elsewhere = join(disk.behind, '.env')
    writeFileSync(elsewhere, text(`GROQ_API_KEY=${groq('0001')}`))
    await until(async () => (await last4(laptop, 'groq')).join() === '0001')
    writeFileSync(`${elsewhere}.new`, text(`GROQ_API_KEY=${groq('0002')}`))
    renameSync(`${elsewhere}.new`, elsewhere)
    await until(async () => (await last4(laptop, 'groq')).join() === '0002')

    const settings = join(disk.behind, 'traseai.json')
    const { models, ...others } = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, object>
    writeFileSync(settings, JSON.stringify({ ...others, models: { ...models, default: 'groq/x' } }))
    await until(async () => laptop.lines().some(({ msg }) => msg === 'the configuration changed'))

    const folder = join(disk.behind, 'agents', 'main', 'agent')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const profiles = { 'anthropic:pasted': { type: 'api_key', provider: 'anthropic', key: storedKey('pasted') } }
    writeFileSync(join(folder, 'auth-profiles.json'), JSON.stringify({ profiles }), { mode: 0o600 })
    await until(async () => (await last4(laptop, 'anthropic')).length === 2)
  },
)

/** A user namespace has a limit of watches of its own. */
const withoutWatches = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 0 >/proc/sys/user/max_inotify_watches && exec "$@"',
  'sh',
]
const canTakeWatches =
  process.getuid?.() === 0 && spawnSync(withoutWatches[0] ?? '', [...withoutWatches.slice(1), 'true']).status === 0
const itWithoutWatches = skipUnless(canTakeWatches, 'root on Linux, and user namespaces')

itWithoutWatches('a machine that has no watches left is told of once, and saves are seen by looking', async () => {
  const home = await freshHome()
  const laptop = await openLaptop(home, { wrap: (command) => [...withoutWatches, ...command] })
  writeFileSync(join(home, '.env'), text(`GROQ_API_KEY=${groq('0001')}`))
  await until(async () => (await last4(laptop, 'groq')).join() === '0001')
  writeFileSync(join(home, '.env'), text())
  await until(async () => (await last4(laptop, 'groq')).length === 0)
  const told = laptop.lines().filter(({ msg }) => msg.endsWith('cannot be watched'))
  expect(told).toHaveLength(1)
  expect(told[0]?.['error']).toContain('ENOSPC')
})
