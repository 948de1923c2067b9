// A disk in trouble under a running gateway: requests go on, changes are refused in words, one notice is sent, and all is well by itself afterwards.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { startGateway } from '../support/gateway-process.ts'
import { envKey, type Laptop, openLaptop } from '../support/laptop.ts'
import { storedKey } from '../support/profiles-home.ts'
import { answerOk, answerRateLimited } from '../support/provider-answers.ts'
import { canHaveOwnNames, openNames } from '../support/own-names.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import {
  canHaveTroubledDisk,
  itOnTroubledDisk,
  mountTroubledDisk,
  type Trouble,
  type TroubledDisk,
} from '../support/troubled-disk.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

const itWithNamesAndDisk = skipUnless(
  canHaveOwnNames && canHaveTroubledDisk,
  'root on Linux, unshare, FUSE, and python3-fusepy',
)

interface Life {
  readonly home: string
  /** Begins the trouble. */
  break(): void
  mend(): void
  /** In what a change is refused with. */
  readonly words: string
}

async function refusal(work: Promise<unknown>): Promise<TraseError> {
  const outcome = await work.catch((error: unknown) => error)
  if (outcome instanceof TraseError) return outcome
  throw new Error('it was not refused')
}

const count = (laptop: Laptop, sentence: string): number => laptop.lines().filter(({ msg }) => msg === sentence).length
const began = 'changes cannot be written'
const ended = 'changes are written again'

/** Everything that must hold, whatever the trouble. */
async function livesThrough({ home, words, ...trouble }: Life): Promise<void> {
  const laptop = await openLaptop(home)
  const { client } = laptop.gateway
  await laptop.store('before')
  const before = laptop.lines().length
  trouble.break()

  const added = await refusal(laptop.store('refused'))
  expect(added.message).toContain(words)
  expect(added.hint).toBeDefined()
  await refusal(client.call('order.set', { provider: 'anthropic', profileIds: ['anthropic:before'] }))
  await refusal(client.call('env.set', { name: 'GROQ_API_KEY', value: 'gsk_test_0123456789abcdef0123' }))
  // A limit is learned all the same, and requests go on with the next key.
  laptop.provider.behave(storedKey('before'), answerRateLimited({ seconds: 600 }), answerOk())
  for (let requests = 0; requests < 20; requests += 1) expect((await laptop.ask()).status).toBe(200)
  expect(laptop.provider.keys().slice(-3)).toEqual([envKey, envKey, envKey])

  await until(() => laptop.notices().length > 0)
  // Several rounds of everything that tries by itself.
  const cpuMs = laptop.cpuMs()
  const sinceMs = performance.now()
  await until(() => performance.now() - sinceMs > 4_000)
  expect(laptop.cpuMs() - cpuMs).toBeLessThan(1_500)
  expect((await fetch(`${laptop.gateway.httpUrl}/readyz`)).status).toBe(503)
  const findings = await client.call('doctor.run', {})
  expect(findings.find(({ code }) => code === 'changes')).toMatchObject({ severity: 'error' })
  expect(count(laptop, began)).toBe(1)
  expect(laptop.lines().length - before).toBeLessThanOrEqual(6)

  trouble.mend()
  await until(() => count(laptop, ended) > 0)
  expect((await fetch(`${laptop.gateway.httpUrl}/readyz`)).status).toBe(200)
  await laptop.store('after')
  await client.call('env.set', { name: 'GROQ_API_KEY', value: 'gsk_test_0123456789abcdef0123' })
  await until(async () => (await client.call('audit.log', { type: 'CredentialRateLimited' })).events.length === 1)
  expect([count(laptop, began), count(laptop, ended)]).toEqual([1, 1])
  expect(laptop.notices().map(({ matters }) => matters.map(({ kind }) => kind))).toEqual([['storage_failed']])
  expect(laptop.notices()[0]?.text).toContain(words)

  await laptop.gateway.kill9()
  const next = await startGateway({ home })
  onTestFinished(async () => void (await next.kill9()))
  const found = await next.client.call('credentials.list', { provider: 'anthropic' })
  expect(found.map(({ profileId }) => profileId).toSorted()).toEqual([
    'anthropic:ANTHROPIC_API_KEY',
    'anthropic:after',
    'anthropic:before',
  ])
  expect(await next.client.call('cooldowns.list', {})).toMatchObject([{ profileId: 'anthropic:before' }])
  expect((await next.client.call('credentials.reveal', { profileId: 'anthropic:after' })).secret).toBe(
    storedKey('after'),
  )
  next.client.close()
}

itOnSmallDisk('a disk that is full, and has room again', async () => {
  const home = mkdtempSync(join(tmpdir(), 'traseai-full-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true })) // after the disk itself has gone
  mountSmallDisk(home, '3m')
  const ballast = join(home, 'ballast')
  const fill = (): void => {
    for (;;) appendFileSync(ballast, Buffer.alloc(512))
  }
  await livesThrough({
    home,
    break: () => expect(fill).toThrow('ENOSPC'),
    mend: () => rmSync(ballast),
    words: 'disk is full',
  })
})

function lifeOn(disk: TroubledDisk, trouble: Trouble, words: string): Life {
  return { home: disk.path, break: () => disk.has(trouble), mend: () => disk.has(null), words }
}

itOnTroubledDisk('a file system that is read-only for a while', async () => {
  await livesThrough(lifeOn(await mountTroubledDisk(), 'EROFS', 'the file system is read-only'))
})

itOnTroubledDisk('a disk that can neither be read nor written for a while', async () => {
  await livesThrough(lifeOn(await mountTroubledDisk(), 'all EIO', 'input/output error'))
})

itOnTroubledDisk('what was edited in .env while the log could not take it counts afterwards', async () => {
  const disk = await mountTroubledDisk()
  const laptop = await openLaptop(disk.path)
  disk.has('EROFS')
  const added = 'GROQ_API_KEY=gsk_test_0123456789abcdef0123\n'
  writeFileSync(join(disk.behind, '.env'), `ANTHROPIC_API_KEY=${envKey}\n${added}`)
  await until(() => count(laptop, 'a change of the environment cannot be recorded yet; trying again') === 1)
  disk.has(null)
  await until(async () => (await laptop.gateway.client.call('credentials.list', { provider: 'groq' })).length === 1)
  await until(() => count(laptop, 'the environment changed') === 2)
})

itWithNamesAndDisk(
  'a disk that does not answer at all holds up neither requests nor the names of their hosts',
  async () => {
    const disk = await mountTroubledDisk()
    const names = openNames()
    const laptop = await openLaptop(disk.path, { providerName: 'llm.test', wrap: names.wrap })
    onTestFinished(() => disk.has(null)) // a process that waits for its disk cannot even be killed
    disk.has('all hang')
    const issued = laptop.gateway.client.call('clients.issue', { name: 'late' })
    // Each of its looks at the disk holds a thread of those that look up names as well.
    const examined = laptop.gateway.client.call('doctor.run', {})
    await until(() => count(laptop, began) === 1)
    expect((await laptop.ask()).status).toBe(200)
    disk.has(null)
    await Promise.all([issued, examined])
    await until(() => count(laptop, ended) > 0)
    expect([count(laptop, began), count(laptop, ended)]).toEqual([1, 1])
  },
)
