// kill -9 at random moments under a stream of changes: what was acknowledged is there, positions have no gaps, the fold is the state.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayClient } from '../../src/client/connect.ts'
import { runningCooldowns } from '../../src/domain/cooldown.ts'
import { decodeEvent, type RecordedEvent } from '../../src/domain/events.ts'
import { evolve, initialState, type State } from '../../src/domain/state.ts'
import { TraseError } from '../../src/errors.ts'
import type { WireEvent } from '../../src/protocol/contract.ts'
import { freshHome, startGateway, type GatewayProcess } from '../support/gateway-process.ts'

const rounds = 50
const callers = 8
/** Long enough for hundreds of changes, short enough that many kills fall into the first commits. */
const lifeMsMax = 250
const keys = Object.fromEntries(
  Array.from({ length: callers }, (_, caller) => [
    `OPENAI_API_KEY_${caller}`,
    `sk-test-kill-${caller}-0000000000000000`,
  ]),
)

/** Subjects and types of acknowledged changes, with how often. */
type Ledger = Map<string, number>

let home: string
const acknowledged: Ledger = new Map()
const attempted: Ledger = new Map()

beforeAll(async () => {
  home = await freshHome()
})

afterAll(async () => {
  const last = await startGateway({ home, env: keys })
  await last.stop()
  await last.removeHome()
})

function count(ledger: Ledger, entry: string): void {
  ledger.set(entry, (ledger.get(entry) ?? 0) + 1)
}

/** Changes one after the other until the connection breaks; each writes exactly one event. */
async function changeUntilKilled(gateway: GatewayProcess, caller: number, round: number): Promise<void> {
  const client = await gateway.connect()
  const profileId = `openai:OPENAI_API_KEY_${caller}`
  try {
    await enableAgain(client, profileId)
    for (let step = 0; ; step += 1) {
      const name = `client-${round}-${caller}-${step}`
      await acknowledge(client, `ClientIssued ${name}`, (each) => each.call('clients.issue', { name }))
      await acknowledge(client, `ClientRevoked ${name}`, (each) => each.call('clients.revoke', { name }))
      await acknowledge(client, `CredentialDisabled ${profileId}`, (each) =>
        each.call('credentials.report', { profileId, outcome: 'unauthorized' }),
      )
      await acknowledge(client, `CredentialEnabled ${profileId}`, (each) =>
        each.call('credentials.enable', { profileId }),
      )
    }
  } catch (error) {
    if (!(error instanceof TraseError) || error.code !== 'connection_lost') throw error
  } finally {
    client.close()
  }
}

/** The kill before may have come between the two changes, so that there is something to enable; each further change writes an event. */
async function enableAgain(client: GatewayClient, profileId: string): Promise<void> {
  const entry = `CredentialEnabled ${profileId}`
  count(attempted, entry)
  const { enabled } = await client.call('credentials.enable', { profileId })
  if (enabled) count(acknowledged, entry)
}

async function acknowledge(
  client: GatewayClient,
  entry: string,
  change: (client: GatewayClient) => Promise<unknown>,
): Promise<void> {
  count(attempted, entry)
  await change(client)
  count(acknowledged, entry)
}

async function readHistory(client: GatewayClient): Promise<WireEvent[]> {
  const history: WireEvent[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { events: WireEvent[]; next?: number | undefined } = await client.call('audit.log', {
      after,
      order: 'asc',
      limit: 1_000,
    })
    history.push(...page.events)
    after = page.next
  }
  return history
}

function subjectOf(data: WireEvent['data']): string {
  const subject = data['name'] ?? data['profileId']
  return typeof subject === 'string' ? subject : ''
}

function fold(history: readonly WireEvent[]): State {
  return history
    .map((event): RecordedEvent => decodeEvent({ ...event, at: Date.parse(event.at) }))
    .reduce(evolve, initialState)
}

async function expectLiveStateToBe(folded: State, client: GatewayClient): Promise<void> {
  const clients = await client.call('clients.list', {})
  expect(clients.map(({ name }) => name).toSorted()).toEqual(Object.keys(folded.clients).toSorted())
  const credentials = await client.call('credentials.list', {})
  const live = Object.fromEntries(
    credentials.map(({ profileId, fingerprint, status }) => [
      profileId,
      { fingerprint, disabled: status === 'disabled' },
    ]),
  )
  const expected = Object.values(folded.credentials).map(({ profileId, fingerprint, disabled }) => [
    profileId,
    { fingerprint, disabled: disabled !== null },
  ])
  expect(live).toEqual(Object.fromEntries(expected))
  const cooling = await client.call('cooldowns.list', {})
  expect(cooling).toHaveLength(
    Object.values(folded.credentials).flatMap((credential) => runningCooldowns(credential, Date.now())).length,
  )
}

function expectLedgerToHold(history: readonly WireEvent[]): void {
  const written: Ledger = new Map()
  for (const { type, data } of history) count(written, `${type} ${subjectOf(data)}`)
  const lost = [...acknowledged].filter(([entry, times]) => (written.get(entry) ?? 0) < times)
  expect(lost).toEqual([])
  const invented = [...attempted].filter(([entry, times]) => (written.get(entry) ?? 0) > times)
  expect(invented).toEqual([])
}

describe(`a gateway killed at ${rounds} random moments`, () => {
  it(
    'keeps all that it acknowledged, without gaps, and its state is the fold of its history',
    { timeout: 300_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const gateway = await startGateway({ home, env: keys })
        const history = await readHistory(gateway.client)
        expect(history.map(({ position }) => position)).toEqual(history.map((_, index) => index + 1))
        expectLedgerToHold(history)
        await expectLiveStateToBe(fold(history), gateway.client)

        const changing = Promise.all(
          Array.from({ length: callers }, (_, caller) => changeUntilKilled(gateway, caller, round)),
        )
        const killed = new Promise<void>((resolve) => setTimeout(resolve, Math.random() * lifeMsMax)).then(() =>
          gateway.kill9(),
        )
        await Promise.all([changing, killed])
      }
      expect([...acknowledged.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(rounds)
    },
  )
})
