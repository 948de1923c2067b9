// Clients that are slow, stuck, half-closed, ahead of themselves or gone: each gets its answer or is let go, and leaves nothing behind.
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { answerOk, answerText } from '../support/provider-answers.ts'
import { head, openRawHttp, type RawHttp } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { openRoom, type Room, type RoomOptions, token } from './room.ts'

let room: Room
let clients: RawHttp[] = []
const env = { OPENAI_API_KEY: 'sk-test-1' }

async function enter(options: RoomOptions = {}): Promise<void> {
  room = await openRoom({ env, ...options })
}
async function connect(): Promise<RawHttp> {
  const client = await openRawHttp(room.url)
  clients.push(client)
  return client
}
afterEach(async () => {
  for (const client of clients) client.leave()
  clients = []
  await room.close()
})

const body = '{"model":"m"}'
const path = '/openai/v1/chat/completions'
const own = ['Host: localhost', `x-api-key: ${token}`]
const headOf = (...more: readonly string[]): string =>
  head(`POST ${path} HTTP/1.1`, ...own, `Content-Length: ${body.length}`, ...more)

/** From now on answers wait until they are let go, in the order of their requests. */
function holdAnswers(): { readonly answers: ServerResponse[]; next(): void } {
  const answers: ServerResponse[] = []
  const waiting: (() => void)[] = []
  room.provider.behave('sk-test-1', (request, response) => {
    answers.push(response)
    waiting.push(() => answerOk()(request, response))
  })
  return { answers, next: () => waiting.shift()?.() }
}

describe('a client that has closed its half of the connection', () => {
  test.each(['1.1', '1.0'])('gets its answer, in HTTP/%s', async (version) => {
    await enter()
    const { answers, next } = holdAnswers()
    const client = await connect()
    client.send(headOf().replace('HTTP/1.1', `HTTP/${version}`) + body)
    client.finish()
    await until(() => answers.length === 1)
    // Two turns of the clock in which it is asked whether it is there.
    room.clock.advance(11_000)
    next()
    const answer = await client.ended()
    expect(answer).toContain(answerText)
    const finals = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)]
      .map(([, status]) => status)
      .filter((status) => status !== '100')
    expect(finals).toEqual(['200'])
  })
})

describe('a client that leaves', () => {
  const stages: Readonly<Record<string, { readonly send: string; readonly asked: number; readonly answer?: string }>> =
    {
      'before the first byte': { send: '', asked: 0 },
      'within the headers': { send: headOf().slice(0, 40), asked: 0 },
      'behind the headers': { send: headOf(), asked: 0 },
      'within the body': { send: headOf() + body.slice(0, 5), asked: 0 },
      'within a chunk': {
        send: `${head(`POST ${path} HTTP/1.1`, ...own, 'Transfer-Encoding: chunked')}ff\r\n{`,
        asked: 0,
      },
      'while the provider thinks': { send: headOf() + body, asked: 1 },
      'behind the head of the answer': { send: headOf() + body, asked: 1, answer: '' },
      'within the answer': {
        send: headOf() + body,
        asked: 1,
        answer: 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
      },
    }
  test.each(Object.keys(stages))('%s leaves nothing behind', async (stage) => {
    const { send, asked, answer } = stages[stage] ?? { send: '', asked: 0 }
    await enter()
    const { answers } = holdAnswers()
    const client = await connect()
    client.send(send)
    await until(() => answers.length === asked)
    if (answer !== undefined) {
      answers[0]?.writeHead(200, { 'content-type': 'text/event-stream' })
      answers[0]?.flushHeaders()
      if (answer !== '') {
        answers[0]?.write(answer)
        await client.untilReceived(answer)
      }
    }
    client.leave()
    await until(async () => (await room.provider.connections()) === 0)
    await until(() => room.clock.pending() === 0)
    // Nothing is under way any more, so that a stop waits for nothing.
    await room.gateway.close()
  })

  test('ahead of its turn is never asked for', async () => {
    await enter()
    const { answers } = holdAnswers()
    const client = await connect()
    client.send((headOf() + body).repeat(5))
    await until(() => answers.length === 1)
    client.leave()
    await until(async () => (await room.provider.connections()) === 0)
    expect(answers).toHaveLength(1)
    expect(room.clock.pending()).toBe(0)
  })
})

test('a client that has sent more while it waits is noticed when it leaves', async () => {
  await enter()
  const { answers } = holdAnswers()
  const client = await connect()
  client.send(headOf() + body)
  await until(() => answers.length === 1)
  for (const more of [headOf() + body, headOf(), body]) {
    client.send(more)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
  }
  client.leave()
  await until(async () => (await room.provider.connections()) === 0)
  expect(answers).toHaveLength(1)
})

describe('a client that sends ahead', () => {
  test('while it waits is served when its answer is complete', async () => {
    await enter()
    const { answers, next } = holdAnswers()
    const client = await connect()
    client.send(headOf() + body)
    await until(() => answers.length === 1)
    for (const half of [headOf().slice(0, 30), headOf().slice(30), body]) {
      client.send(half)
      for (let turn = 0; turn < 20; turn++) await nextTurn()
    }
    next()
    await until(() => answers.length === 2)
    next()
    await until(() => client.received().split(answerText).length === 3)
  })

  test('is served in order, one request at a time', async () => {
    await enter()
    const { answers, next } = holdAnswers()
    const client = await connect()
    client.send((headOf() + body).repeat(3))
    for (let served = 1; served <= 3; served++) {
      await until(() => answers.length === served)
      next()
      await until(() => client.received().split(answerText).length === served + 1)
    }
    expect(client.isOpen()).toBe(true)
  })

  test('too far is cut', async () => {
    await enter()
    const { answers } = holdAnswers()
    const client = await connect()
    client.send((headOf() + body).repeat(100))
    await client.ended()
    expect(answers.length).toBeLessThanOrEqual(1)
  })

  test('something broken gets the answers before it', async () => {
    await enter()
    const { answers, next } = holdAnswers()
    const client = await connect()
    client.send(`${headOf()}${body}NONSENSE\r\n\r\n`)
    await until(() => answers.length === 1)
    next()
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 .*connection: close.*Hello from the provider/is)
  })
})

describe('a client that asks before it sends its body', () => {
  const expecting = headOf('Expect: 100-continue')

  test('is told to go on, and its body goes to the provider', async () => {
    await enter()
    const client = await connect()
    client.send(expecting)
    await client.untilReceived('HTTP/1.1 100 Continue\r\n\r\n')
    expect(room.provider.received).toHaveLength(0)
    client.send(body)
    await client.untilReceived(answerText)
    expect(room.provider.received[0]?.body.toString()).toBe(body)
    expect(room.provider.received[0]?.headers['expect']).toBeUndefined()
    expect(client.isOpen()).toBe(true)
  })

  test.each([
    ['has no token', expecting.replace(token, 'wrong'), 401],
    ['names no provider', expecting.replace('/openai/', '/nobody/'), 404],
    ['is no program of this machine', expecting.replace('Host: localhost', 'Host: example.com'), 403],
    ['expects something else', headOf('Expect: a-present'), 417],
  ])('is refused at once when it %s, and the connection closes', async (_name, message, status) => {
    await enter()
    const client = await connect()
    client.send(message)
    const answer = await client.ended()
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*connection: close`, 'is'))
    expect(answer).not.toContain('100 Continue')
  })
})

describe('a client that does not go on', () => {
  /** Real time, since the system's own timers measure it; only that it comes to an end is tested. */
  const impatient: RoomOptions = {
    realTime: true,
    settings: { upstream: { ...defaultConfiguration().gateway.upstream, idleMs: 150 } },
  }

  test('reading is cut, and so is its stream at the provider', async () => {
    await enter(impatient)
    const { answers } = holdAnswers()
    const client = await connect()
    client.socket.pause()
    client.send(headOf() + body)
    await until(() => answers.length === 1)
    const sent = pump(answers[0])
    await until(async () => (await room.provider.connections()) === 0)
    // What the buffers of four sockets on one machine take, and no more of an answer without end.
    expect(sent()).toBeLessThan(64 * 1_048_576)
  })

  test('sending is cut', async () => {
    await enter(impatient)
    const client = await connect()
    client.send(headOf() + body.slice(0, 5))
    expect(await client.ended()).toBe('')
  })
})

test('a client that reads slowly slows the provider down', async () => {
  await enter()
  const { answers } = holdAnswers()
  const client = await connect()
  client.socket.pause()
  client.send(headOf() + body)
  await until(() => answers.length === 1)
  const before = process.memoryUsage().arrayBuffers
  const sent = pump(answers[0])
  await until(() => answers[0]?.writableNeedDrain === true && answers[0].socket?.writableLength !== 0)
  const stuckAt = sent()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576)
  client.socket.resume()
  await until(() => sent() > stuckAt + 8 * 1_048_576)
})

/** Writes without end, as fast as it is taken; how many bytes were written. */
function pump(response: ServerResponse | undefined): () => number {
  const chunk = Buffer.alloc(65_536, 'x')
  let bytes = 0
  const more = (): void => {
    while (response?.destroyed === false) {
      bytes += chunk.length
      if (!response.write(chunk)) return
    }
  }
  response?.writeHead(200, { 'content-type': 'application/octet-stream' })
  response?.on('drain', more)
  more()
  return () => bytes
}
