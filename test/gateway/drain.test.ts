// A stop of the real gateway while model requests are under way: what may end, what is cut, and when the next gateway starts.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { head, openRawHttp, type RawHttp } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { call, open } from './client.ts'

let provider: ProviderServer
let gateway: GatewayProcess
let token: string
/** The provider's side of each request under way. */
let answers: ServerResponse[]

async function enter(drainMs: number): Promise<void> {
  const home = await freshHome({
    gateway: { port: 0, drainMs },
    models: { providers: { openai: { baseUrl: provider.url } } },
  })
  gateway = await startGateway({ home, env: { OPENAI_API_KEY: 'sk-test-1' } })
  token = (await gateway.client.call('clients.issue', { name: 'test' })).token
}

beforeEach(async () => {
  answers = []
  provider = await openProviderServer()
  provider.behave('sk-test-1', (_request, response) => void answers.push(response))
})
afterEach(async () => {
  await provider.close()
  gateway.client.close()
  await runCli(gateway.home, ['gateway', 'stop'])
  await gateway.stop()
  await gateway.removeHome()
})

const path = '/openai/v1/chat/completions'
const terminate = (): void => void process.kill(gateway.pid, 'SIGTERM')
const isStopping = async (): Promise<boolean> => (await gateway.client.call('gateway.status', {})).stopping !== null

/** A request whose answer has begun, with one event. */
async function beginStream(): Promise<{ readonly response: IncomingMessage; readonly answer: ServerResponse }> {
  const asked = open(gateway.httpUrl, path, { token })
  await until(() => answers.length > 0)
  const [answer] = answers.splice(0)
  if (!answer) throw new Error('there is an answer')
  answer.writeHead(200, { 'content-type': 'text/event-stream' })
  answer.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
  return { response: await asked, answer }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

/** A connection with one answer on it, kept alive. */
async function idleClient(): Promise<RawHttp> {
  const client = await openRawHttp(gateway.httpUrl)
  client.send(head('GET /healthz HTTP/1.1', 'Host: localhost'))
  await client.untilReceived('"ok"')
  return client
}

describe('SIGTERM', () => {
  test('lets a stream go on to its end, while nothing new is taken and the control socket answers', async () => {
    await enter(600_000)
    const idle = await idleClient()
    const spare = await openRawHttp(gateway.httpUrl)
    const { response, answer } = await beginStream()
    terminate()
    expect(await idle.ended()).not.toContain('connection: close')
    expect(await spare.ended()).toBe('')
    await expect(call(gateway.httpUrl, '/healthz', { method: 'GET' })).rejects.toThrow('ECONNREFUSED')
    const { stopping, http } = await gateway.client.call('gateway.status', {})
    expect(stopping?.requests).toBe(1)
    expect(Date.parse(stopping?.until ?? '')).toBeGreaterThan(Date.now() + 500_000)
    expect(http).toBeNull()

    answer.write('data: {"choices":[{"delta":{"content":"two"}}]}\n\n')
    answer.end('data: [DONE]\n\n')
    expect(await textOf(response)).toMatch(/one.*two.*\[DONE\]\n\n$/s)
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
  })

  test('says with the answer of a request under way that the connection closes', async () => {
    await enter(600_000)
    const asked = open(gateway.httpUrl, path, { token, headers: { connection: 'keep-alive' } })
    await until(() => answers.length > 0)
    terminate()
    await until(isStopping)
    answers[0]?.end('done')
    const response = await asked
    expect(response.headers.connection).toBe('close')
    expect(await textOf(response)).toBe('done')
    await gateway.ended
  })

  test('cuts what takes longer than gateway.drainMs, at the provider too', async () => {
    await enter(50)
    const { response, answer } = await beginStream()
    let isCancelled = false
    answer.on('close', () => (isCancelled = true))
    terminate()
    await expect(textOf(response)).rejects.toThrow('aborted')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    await until(() => isCancelled)
    expect(await gateway.logs()).toContain('requests that were still under way are cut')
  })

  test('a second time does not wait, and the stop is recorded all the same', async () => {
    await enter(600_000)
    const { response } = await beginStream()
    terminate()
    await until(isStopping)
    terminate()
    await expect(textOf(response)).rejects.toThrow('aborted')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    const next = await startGateway({ home: gateway.home })
    const { events } = await next.client.call('audit.log', { type: 'GatewayStopped' })
    expect(events).toHaveLength(1)
    await next.stop()
  })
})

describe('on the command line', () => {
  const cli = (...args: string[]) => runCli(gateway.home, args)

  test('`gateway stop` says what it waits for, and waits', async () => {
    await enter(600_000)
    const { response, answer } = await beginStream()
    const stopped = cli('gateway', 'stop')
    await until(isStopping)
    expect((await cli('gateway', 'status')).stdout).toMatch(/stopping +1 request is under way, until \d/)
    answer.end()
    await textOf(response)
    const { status, stdout, stderr } = await stopped
    expect({ status, stdout }).toEqual({ status: 0, stdout: `gateway stopped (pid ${gateway.pid})\n` })
    expect(stderr).toMatch(/^the gateway \(pid \d+\) lets 1 request end, for up to \d+ s; --now cuts them\n$/)
  })

  test('`gateway stop --now` does not wait, also when another waits already', async () => {
    await enter(600_000)
    const { response } = await beginStream()
    const patient = cli('gateway', 'stop')
    await until(isStopping)
    expect(await cli('gateway', 'stop', '--now')).toMatchObject({ status: 0 })
    await expect(textOf(response)).rejects.toThrow('aborted')
    expect(await patient).toMatchObject({ status: 0 })
  })

  test('`gateway start` waits for the one that stops, and starts the next', async () => {
    await enter(600_000)
    const { response, answer } = await beginStream()
    terminate()
    await until(isStopping)
    const started = cli('gateway', 'start')
    answer.end()
    await textOf(response)
    expect((await started).stdout).toMatch(/^gateway started \(pid \d+\): http/)
  })
})
