// Names of hosts that cannot be looked up for a while: requests say so at once, no credential pays for it, and all is well with the first answer.
import { createSocket } from 'node:dgram'
import { expect, onTestFinished } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { type Laptop, openLaptop } from '../support/laptop.ts'
import { itWithOwnNames, openNames } from '../support/own-names.ts'
import { until } from '../support/until.ts'

/** Of a server that never answers: an address of this machine on which nothing listens but the test. */
const silentServer = '127.0.0.99'

/** Takes questions and says nothing, as when packets get lost. */
async function openSilentServer(): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(53, silentServer, resolve))
  onTestFinished(() => void socket.close())
}

const count = (laptop: Laptop, sentence: string): number => laptop.lines().filter(({ msg }) => msg === sentence).length

/** Beyond the time for which a connection is kept. */
async function untilNoConnection(laptop: Laptop): Promise<void> {
  await until(async () => (await laptop.provider.connections()) === 0)
}

itWithOwnNames(
  'while no name server can be reached requests are refused at once, and the next one after it is served',
  async () => {
    const names = openNames()
    const laptop = await openLaptop(await freshHome(), { providerName: 'llm.test', wrap: names.wrap })
    expect((await laptop.ask()).status).toBe(200)
    names.set(false)
    await untilNoConnection(laptop)
    for (let requests = 0; requests < 20; requests += 1) {
      const { status, text } = await laptop.ask()
      expect([status, text]).toEqual([502, expect.stringContaining('no DNS answer (EAI_AGAIN)')])
    }
    const { client } = laptop.gateway
    expect(await client.call('credentials.list', {})).toMatchObject([{ status: 'ready' }])
    expect(await client.call('cooldowns.list', {})).toEqual([])
    expect(count(laptop, 'a provider gives no answer')).toBe(1)

    names.set(true)
    expect((await laptop.ask()).status).toBe(200)
    expect(laptop.lines().find(({ msg }) => msg === 'a provider answers again')).toMatchObject({ requests: 20 })
    const { events } = await client.call('audit.log', {})
    expect(events.map(({ type }) => type).toSorted()).toEqual(['ClientIssued', 'CredentialAdded', 'GatewayStarted'])
  },
)

itWithOwnNames('a name server that never answers holds up nothing but the requests that need it', async () => {
  const names = openNames()
  await openSilentServer()
  const laptop = await openLaptop(await freshHome(), {
    providerName: 'llm.test',
    wrap: names.wrap,
    configuration: {},
  })
  names.set(false)
  names.ask(silentServer)
  const waiting = Array.from({ length: 20 }, () => laptop.ask())
  // Looking up names takes the threads that files are read and written with.
  const { client } = laptop.gateway
  await client.call('env.set', { name: 'GROQ_API_KEY', value: 'gsk_test_0123456789abcdef0123' })
  await client.call('order.set', { provider: 'groq', profileIds: ['groq:GROQ_API_KEY'] })
  names.set(true)
  expect((await laptop.ask()).status).toBe(200)
  const statuses = new Set((await Promise.all(waiting)).map(({ status }) => status))
  expect([...statuses].every((status) => status === 502 || status === 504 || status === 200)).toBe(true)
})
