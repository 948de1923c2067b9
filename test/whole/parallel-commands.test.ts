// Two hundred commands at the same moment, each a process of its own: no change is lost, and no file is ever torn.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeEvent, type RecordedEvent } from '../../src/domain/events.ts'
import { evolve, initialState, type State } from '../../src/domain/state.ts'
import type { WireEvent } from '../../src/protocol/contract.ts'
import { fakeKey, startWithCli, type CliWithGateway } from '../cli/with-gateway.ts'
import type { Outcome } from '../cli/run-cli.ts'

const agents = ['main', 'ops', 'lab', 'night'] as const
const kept = Array.from({ length: 10 }, (_, index) => `acme:kept-${index}`)
const goes = Array.from({ length: 50 }, (_, index) => `acme:goes-${index}`)
const comes = Array.from({ length: 50 }, (_, index) => `acme:comes-${index}`)
const orders = Array.from({ length: 100 }, (_, index) => index)
/** Processes that run at the same time; two cores take no more without waiting. */
const atOnce = 50

let cli: CliWithGateway

beforeAll(async () => {
  cli = await startWithCli({
    configuration: { models: { providers: { acme: { baseUrl: 'http://127.0.0.1:9' } } } },
  })
  const { client } = cli.gateway
  for (const profileId of [...kept, ...goes]) {
    await client.call('credentials.add', { profileId, provider: 'acme', kind: 'api_key', secret: fakeKey(profileId) })
  }
})

afterAll(async () => {
  await cli.gateway.stop()
})

/** A different order for each number. */
function orderOf(index: number): readonly string[] {
  const first = index % kept.length
  return [...kept.slice(first), ...kept.slice(0, first)].slice(0, 1 + (index % 5))
}

async function inParallel(jobs: readonly (() => Promise<Outcome>)[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...jobs]
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) outcomes.push(await job())
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}

async function foldedState(): Promise<State> {
  const events: RecordedEvent[] = []
  for (let after = 0; ;) {
    const page = await cli.gateway.client.call('audit.log', { order: 'asc', limit: 1_000, after })
    events.push(...page.events.map((event: WireEvent) => decodeEvent({ ...event, at: Date.parse(event.at) })))
    if (page.next === undefined) break
    after = page.next
  }
  return events.reduce(evolve, initialState)
}

it('orders set, tokens pasted and credentials removed by 200 processes at once all count', async () => {
  const auth = ['models', 'auth'] as const
  const jobs = [
    ...comes.map((id) => () => {
      const options = ['--provider', 'acme', '--profile-id', id]
      return cli.runWith({ input: fakeKey(id) }, ...auth, 'paste-token', ...options)
    }),
    ...goes.map((id) => () => cli.run(...auth, 'remove', id, '--yes')),
    ...orders.map((index) => () => {
      const agent = agents[index % agents.length] ?? 'main'
      return cli.run(...auth, 'order', 'set', '--provider', 'acme', '--agent', agent, ...orderOf(index))
    }),
  ]
  // Mixed, so that all three kinds run against each other.
  const mixed = jobs.toSorted((a, b) => ((jobs.indexOf(a) * 7) % 200) - ((jobs.indexOf(b) * 7) % 200))
  const outcomes = await inParallel(mixed)
  expect(outcomes.filter(({ status }) => status !== 0)).toEqual([])

  const state = await foldedState()
  expect(Object.keys(state.credentials).toSorted()).toEqual([...kept, ...comes].toSorted())
  expect(Object.keys(state.orders)).toHaveLength(agents.length)
  for (const agent of agents) {
    const path = join(cli.gateway.home, 'agents', agent, 'agent', 'auth-profiles.json')
    const file = JSON.parse(await readFile(path, 'utf8')) as { profiles: object; order: Record<string, string[]> }
    expect(file.order).toEqual({ acme: state.orders[`${agent}/acme`]?.profileIds })
    expect(Object.keys(file.profiles).toSorted()).toEqual(agent === 'main' ? [...kept, ...comes].toSorted() : [])
  }
  const configuration = JSON.parse(await readFile(join(cli.gateway.home, 'traseai.json'), 'utf8')) as {
    auth: { profiles: object }
  }
  expect(Object.keys(configuration.auth.profiles).toSorted()).toEqual([...kept, ...comes].toSorted())
  const listed = await cli.gateway.client.call('credentials.list', { provider: 'acme' })
  expect(new Map(listed.map(({ profileId, last4 }) => [profileId, last4]))).toEqual(
    new Map([...kept, ...comes].map((id) => [id, id.slice(-4)])),
  )
}, 120_000)
