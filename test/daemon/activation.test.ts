// A gateway whose sockets the service manager holds: they are there before it, while it restarts, and after it.
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { connectGateway, type GatewayClient } from '../../src/client/connect.ts'
import { freshHome } from '../support/gateway-process.ts'
import { answerOk } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { head, openRawHttp } from '../support/raw-http.ts'
import { openServiceParent, type Handed, type ServiceParent } from '../support/service-parent.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

// Twenty restarts take their time on a machine that has other things to do.
vi.setConfig({ testTimeout: 120_000 })

const onLinux = skipUnless(process.platform === 'linux', 'Linux')

let provider: ProviderServer

interface Options {
  readonly hands?: readonly Handed[]
  readonly gateway?: Readonly<Record<string, unknown>>
  readonly configuration?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

async function hold(options: Options = {}): Promise<ServiceParent> {
  provider = await openProviderServer()
  const home = await freshHome({
    gateway: { port: 0, drainMs: 60_000, ...options.gateway },
    models: { providers: { openai: { baseUrl: provider.url } } },
    ...options.configuration,
  })
  const { hands = ['control', 'http'], env = {} } = options
  const parent = openServiceParent({ home, hands, env: { OPENAI_API_KEY: 'sk-test-1', ...env } })
  onTestFinished(async () => {
    await parent.close()
    await provider.close()
  })
  return parent
}

async function asClient<T>({ socket }: ServiceParent, work: (gateway: GatewayClient) => Promise<T>): Promise<T> {
  const gateway = await connectGateway({ socketPath: socket, platform: process.platform })
  try {
    return await work(gateway)
  } finally {
    gateway.close()
  }
}

const statusOf = (parent: ServiceParent) => asClient(parent, (gateway) => gateway.call('gateway.status', {}))
const issueToken = (parent: ServiceParent): Promise<string> =>
  asClient(parent, async (gateway) => (await gateway.call('clients.issue', { name: 'test' })).token)

/** A model request; the status of its whole answer. */
async function ask({ httpUrl }: ServiceParent, token: string, agent: Agent | false = false): Promise<number> {
  const asked = request(`${httpUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  asked.end('{"model":"gpt-5","messages":[]}')
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  for await (const _chunk of response) {
    // All of it has to come.
  }
  return response.statusCode ?? 0
}

const isStopping = (parent: ServiceParent) => (): boolean =>
  parent.heard().some((text) => text.startsWith('STOPPING=1'))

describe('a gateway that gets its sockets handed over', () => {
  onLinux('serves both when it says that it is ready, and leaves them where they are', async () => {
    const parent = await hold()
    const before = statSync(parent.socket)
    await parent.start()
    expect(await statusOf(parent)).toMatchObject({ http: parent.httpUrl, socket: parent.socket, pid: parent.pid() })
    expect(await ask(parent, await issueToken(parent))).toBe(200)
    expect(await parent.stop()).toEqual({ code: 0, signal: null })
    expect(statSync(parent.socket).ino).toBe(before.ino)
    await parent.start()
    expect(await statusOf(parent)).toMatchObject({ http: parent.httpUrl, pid: parent.pid() })
  })

  onLinux('tells them apart in whatever order they come, and closes what it has no use for', async () => {
    const parent = await hold({ hands: ['datagram', 'http', 'second http', 'control'] })
    await parent.start()
    expect(await statusOf(parent)).toMatchObject({ http: parent.httpUrl, socket: parent.socket })
    expect(parent.written()).toMatch(/of no use what="descriptor 3: no stream socket"/)
    expect(parent.written()).toMatch(/of no use what="descriptor 5: a second socket, at 127\.0\.0\.1:\d+"/)
  })

  onLinux('closes nothing of its own when more is announced than was handed over', async () => {
    const parent = await hold({ env: { LISTEN_FDS: '64' } })
    await parent.start()
    expect(await parent.stop()).toEqual({ code: 0, signal: null })
  })

  onLinux('opens an HTTP port of its own when it gets none', async () => {
    const parent = await hold({ hands: ['control'] })
    await parent.start()
    const { http, socket } = await statusOf(parent)
    expect(http).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(http).not.toBe(parent.httpUrl)
    expect(socket).toBe(parent.socket)
  })

  onLinux('opens a control socket of its own when it gets none', async () => {
    const socket = join(await freshHome(), 'control.sock')
    const parent = await hold({ hands: ['http'], env: { TRASEAI_SOCKET: socket } })
    await parent.start()
    expect(await statusOf(parent)).toMatchObject({ http: parent.httpUrl, socket })
  })

  onLinux('serves the address that it was handed, and warns when traseai.json has another', async () => {
    const parent = await hold({ gateway: { port: 7_999 } })
    await parent.start()
    expect(await statusOf(parent)).toMatchObject({ http: parent.httpUrl })
    expect(parent.written()).toMatch(/HTTP is at the address of the socket that was handed over.*127\.0\.0\.1:7999/)
    const found = await asClient(parent, (gateway) => gateway.call('doctor.run', {}))
    expect(found).toContainEqual(expect.objectContaining({ code: 'listening', hint: 'traseai gateway install' }))
  })

  onLinux('hands neither them nor what it was told on to programs that it starts', async () => {
    const home = await freshHome()
    const shell = join(home, 'sh')
    const seen = join(home, 'seen')
    const script = `#!/bin/sh\n(env; ls -l /proc/$$/fd) > ${seen}.new && mv ${seen}.new ${seen}\n`
    writeFileSync(shell, script, { mode: 0o755 })
    const parent = await hold({
      env: { SHELL: shell, WATCHDOG_USEC: '60000000' },
      configuration: { env: { shellEnv: { enabled: true } } },
    })
    await parent.start()
    await until(() => existsSync(seen))
    const text = readFileSync(seen, 'utf8')
    expect(text).toContain('SHELL=')
    expect(text).not.toMatch(/NOTIFY_SOCKET|LISTEN_|WATCHDOG_/)
    expect(text).not.toMatch(/ [34] -> /)
  })

  onLinux('takes nothing from them when it cannot start: what waits is served by the next one', async () => {
    const parent = await hold()
    await parent.start()
    const token = await issueToken(parent)
    await parent.stop()
    const file = join(parent.env['TRASEAI_HOME'] ?? '', 'traseai.json')
    const good = readFileSync(file, 'utf8')
    writeFileSync(file, 'broken')
    const asked = ask(parent, token)
    await expect(parent.start()).rejects.toThrow('ended before it was ready')
    writeFileSync(file, good)
    await parent.start()
    expect(await asked).toBe(200)
  })
})

describe('a stop of a gateway that got its sockets handed over', () => {
  onLinux('serves who is connected and has not asked yet, and says that the connection ends', async () => {
    const parent = await hold()
    await parent.start()
    const question = head('GET /healthz HTTP/1.1', 'Host: localhost')
    const silent = await openRawHttp(parent.httpUrl)
    const kept = await openRawHttp(parent.httpUrl)
    kept.send(question)
    await kept.untilReceived('"ok"')
    const ended = parent.stop()
    await until(isStopping(parent))
    silent.send(question)
    kept.send(question)
    expect(await silent.ended()).toMatch(/^HTTP\/1\.1 200 .*connection: close.*"ok"/is)
    expect(await kept.ended()).toMatch(/"ok".*HTTP\/1\.1 200 .*connection: close.*"ok"/is)
    expect(await ended).toEqual({ code: 0, signal: null })
  })

  onLinux('waits for the rest of a request that has begun to come', async () => {
    const parent = await hold()
    await parent.start()
    const half = await openRawHttp(parent.httpUrl)
    half.send('GET /healthz HTTP/1.1\r\nHo')
    await until(async () => (await asClient(parent, (gateway) => gateway.call('gateway.status', {}))).pid > 0)
    const ended = parent.stop()
    await until(isStopping(parent))
    // Longer than a silent connection is waited for.
    const start = performance.now()
    await until(() => performance.now() - start > 600)
    half.send('st: localhost\r\n\r\n')
    expect(await half.ended()).toMatch(/^HTTP\/1\.1 200 .*connection: close.*"ok"/is)
    await ended
  })

  onLinux('lets new connections wait for the next gateway, however long requests under way take', async () => {
    const parent = await hold()
    await parent.start()
    const token = await issueToken(parent)
    const answers: ServerResponse[] = []
    provider.behave('sk-test-1', (_request, response) => void answers.push(response), answerOk())
    const long = ask(parent, token)
    await until(() => answers.length === 1)
    const ended = parent.stop()
    await until(isStopping(parent))
    let isAnswered = false
    const waiting = ask(parent, token).finally(() => (isAnswered = true))
    expect((await statusOf(parent)).stopping?.requests).toBe(1)
    expect(isAnswered).toBe(false)
    answers[0]?.end('{}')
    expect(await long).toBe(200)
    await ended
    expect(isAnswered).toBe(false)
    await parent.start()
    expect(await waiting).toBe(200)
  })

  onLinux('is the last event of the history, however late somebody asked', async () => {
    const parent = await hold()
    await parent.start()
    const late = await connectGateway({ socketPath: parent.socket, platform: process.platform })
    const ended = parent.stop()
    await until(isStopping(parent))
    await late.call('clients.issue', { name: 'late' })
    await ended
    await parent.start()
    const { events } = await asClient(parent, (gateway) => gateway.call('audit.log', { order: 'asc' }))
    const types = events.map(({ type }) => type).filter((type) => type !== 'CredentialAdded')
    expect(types).toEqual(['GatewayStarted', 'ClientIssued', 'GatewayStopped', 'GatewayStarted'])
  })

  onLinux('twenty times under load refuses and resets none of a thousand requests', async () => {
    const restarts = 20
    const requestsMin = 1_000
    const parent = await hold()
    await parent.start()
    const token = await issueToken(parent)
    let restarted = 0
    let answered = 0
    const wrong: string[] = []
    const isOver = (): boolean => restarted === restarts && answered >= requestsMin

    /** One after the other, until all restarts are done. */
    async function load(once: () => Promise<unknown>, expected: unknown): Promise<void> {
      while (!isOver() && wrong.length === 0) {
        const got = await once().catch((error: unknown) => String(error))
        if (got !== expected) wrong.push(String(got))
        answered++
      }
    }

    const kept = new Agent({ keepAlive: true })
    onTestFinished(() => kept.destroy())
    const clients = [
      ...Array.from({ length: 3 }, () => load(() => ask(parent, token, kept), 200)),
      ...Array.from({ length: 3 }, () => load(() => ask(parent, token), 200)),
      ...Array.from({ length: 2 }, () => load(async () => (await statusOf(parent)).http !== undefined, true)),
    ]
    while (restarted < restarts && wrong.length === 0) {
      const before = answered
      await until(() => answered > before + 10 || wrong.length > 0)
      expect(await parent.stop()).toEqual({ code: 0, signal: null })
      await parent.start()
      restarted++
    }
    await Promise.all(clients)
    expect(wrong).toEqual([])
    expect(answered).toBeGreaterThanOrEqual(requestsMin)
  })
})
