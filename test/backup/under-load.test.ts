// Backups taken while eight clients write: each restores to exactly what was acknowledged at its moment.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { GatewayClient } from '../../src/client/connect.ts'
import { startGateway, type GatewayProcess } from '../support/gateway-process.ts'
import type { WireEvent } from '../../src/protocol/contract.ts'
import { until } from '../support/until.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

const writersCount = 8
const backupsCount = 20

let homes: SealedHomes
let gateway: GatewayProcess
const running: GatewayProcess[] = []

beforeEach(async () => {
  homes = await openSealedHomes()
  gateway = await startGateway()
  running.push(gateway)
})

afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
  await homes.remove()
})

interface Writers {
  /** How many events of each stream were acknowledged. */
  readonly acknowledged: Map<string, number>
  /** Resolves when each writer has had something acknowledged since the last call. */
  allWent(): Promise<void>
  /** The number in `.env` that was acknowledged last. */
  envCount(): number
  stop(): Promise<void>
}

const secretOf = (profileId: string, value: number): string =>
  `sk-ant-test-${profileId.replace(':', '-')}-${value}-`.padEnd(60, 'x')

/** Each writer stores, replaces and removes credentials of its own, and pins sessions; one more changes `.env`. */
async function startWriters(): Promise<Writers> {
  const acknowledged = new Map<string, number>()
  const went = new Set<number>()
  function acknowledge(writer: number, stream: string): void {
    acknowledged.set(stream, (acknowledged.get(stream) ?? 0) + 1)
    went.add(writer)
  }
  let isStopping = false
  let envCount = 0
  const clients: GatewayClient[] = []

  async function write(writer: number, client: GatewayClient): Promise<void> {
    for (let round = 0; !isStopping; round += 1) {
      const profileId = `anthropic:w${writer}-${round}`
      for (let value = 0; value < 3; value += 1) {
        const secret = secretOf(profileId, value)
        await client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
        acknowledge(writer, `credential:${profileId}`)
      }
      const session = `s${writer}-${round}`
      await client.call('session.command', { session, text: '/model anthropic/claude-sonnet-4-5' })
      acknowledge(writer, `session:${session}`)
      if (round % 3 === 2) continue
      await client.call('credentials.remove', { profileId })
      acknowledge(writer, `credential:${profileId}`)
    }
  }

  async function writeEnv(client: GatewayClient): Promise<void> {
    while (!isStopping) {
      await client.call('env.set', { name: 'OPENAI_API_KEY', value: `sk-test-environment-number-${envCount + 1}` })
      envCount += 1
      went.add(writersCount)
    }
  }

  const work: Promise<void>[] = []
  for (let writer = 0; writer <= writersCount; writer += 1) {
    const client = await gateway.connect()
    clients.push(client)
    work.push(writer === writersCount ? writeEnv(client) : write(writer, client))
  }
  return {
    acknowledged,
    envCount: () => envCount,
    async allWent() {
      went.clear()
      await until(() => went.size === writersCount + 1)
    },
    async stop() {
      isStopping = true
      await Promise.all(work)
      for (const client of clients) client.close()
    },
  }
}

async function wholeHistory(client: GatewayClient): Promise<WireEvent[]> {
  const all: WireEvent[] = []
  for (;;) {
    const { events } = await client.call('audit.log', { after: all.at(-1)?.position ?? 0, limit: 1_000, order: 'asc' })
    all.push(...events)
    if (events.length < 1_000) return all
  }
}

interface Taken {
  readonly name: string
  readonly before: ReadonlyMap<string, number>
  readonly envBefore: number
  readonly envAfter: number
}

it('every backup that is taken under load restores to exactly what was acknowledged at its moment', async () => {
  const writers = await startWriters()
  const taken: Taken[] = []
  for (let number = 0; number < backupsCount; number += 1) {
    await writers.allWent()
    const name = `${number}.age`
    const before = new Map(writers.acknowledged)
    const envBefore = writers.envCount()
    const { status, stderr } = await homes.backup(gateway.home, name, '--quiet')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    taken.push({ name, before, envBefore, envAfter: writers.envCount() + 1 })
  }
  await writers.stop()
  const history = await wholeHistory(gateway.client)
  const positions = new Set<number>()
  for (const each of taken) positions.add(await check(each, history))
  expect(positions.size).toBe(backupsCount)
}, 240_000)

/** @returns where the backup ends */
async function check({ name, before, envBefore, envAfter }: Taken, history: readonly WireEvent[]): Promise<number> {
  const home = homes.path(`home-${name}`)
  const restored = await homes.restore(name, home, '--json')
  expect(restored.stderr).toBe('')
  const { position, stateCompared } = JSON.parse(restored.stdout) as { position: number; stateCompared: boolean }
  expect(stateCompared).toBe(true)

  const env = /number-(\d+)/.exec(await readFile(join(home, '.env'), 'utf8').catch(() => 'number-0'))
  expect(Number(env?.[1])).toBeGreaterThanOrEqual(envBefore)
  expect(Number(env?.[1])).toBeLessThanOrEqual(envAfter)

  const again = await startGateway({ home })
  running.push(again)
  const events = await wholeHistory(again.client)
  const copied = events.slice(0, position)
  expect(copied).toEqual(history.slice(0, position)) // 1, 2, 3 … without a gap, and nothing that was not written
  expect(events[position]).toMatchObject({ type: 'HomeRestored', position: position + 1, data: { position } })

  const counts = new Map<string, number>()
  for (const { stream } of copied) counts.set(stream, (counts.get(stream) ?? 0) + 1)
  for (const [stream, count] of before) expect(counts.get(stream) ?? 0, stream).toBeGreaterThanOrEqual(count)

  const stored = (await again.client.call('credentials.list', {})).filter(({ source }) => source.kind === 'vault')
  for (const { profileId } of stored) {
    const { secret } = await again.client.call('credentials.reveal', { profileId })
    expect(secret).toBe(secretOf(profileId, (counts.get(`credential:${profileId}`) ?? 0) - 1))
  }
  await again.stop()
  running.splice(running.indexOf(again), 1)
  return position
}
