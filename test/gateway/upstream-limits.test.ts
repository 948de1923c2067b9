// What connections to providers wait for, how long, and how bodies flow that are not kept.
import { createServer, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { collectBody } from '../../src/gateway/request-body.ts'
import { openCall } from '../../src/gateway/upstream/call.ts'
import { openPool } from '../../src/gateway/upstream/pool.ts'
import { routeTo } from '../../src/gateway/upstream/route.ts'
import { openSweeper } from '../../src/gateway/upstream/sweeper.ts'
import { openTurns } from '../../src/gateway/upstream/turns.ts'
import { openWaitingRoom } from '../../src/gateway/upstream/waiting-room.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { until } from './client.ts'
import { answer, ask, listening, openRawProvider, openWorld } from './upstream-client.ts'

const post = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') }

test.each([
  ['no answer comes', '', 'UPSTREAM_HEADERS_TIMEOUT'],
  ['only an informational one comes', 'HTTP/1.1 103 Hints\r\n\r\n', 'UPSTREAM_HEADERS_TIMEOUT'],
  ['it stops in its head', 'HTTP/1.1 200 OK\r\n', 'UPSTREAM_HEADERS_TIMEOUT'],
])('when %s, the wait for the head ends', async (_name, bytes, code) => {
  const provider = await openRawProvider((socket) => socket.write(bytes))
  const world = openWorld({ headersMs: 40 })
  expect(await ask(world, provider.url, post).outcome).toMatchObject({ error: code, message: 'no answer within 40 ms' })
  await until(() => provider.connections[0]?.socket.destroyed === true)
})

test('an answer that falls silent ends, and one that goes on slowly does not', async () => {
  const world = openWorld({ idleMs: 150 })
  const silent = await openRawProvider((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nx'))
  expect(await ask(world, silent.url).outcome).toMatchObject({ body: 'x', error: 'UPSTREAM_IDLE_TIMEOUT' })
  const slow = await openRawProvider((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    let pieces = 0
    const timer = setInterval(() => (pieces++ < 8 ? socket.write('x') : socket.end()), 50)
    onTestFinished(() => clearInterval(timer))
  })
  expect(await ask(world, slow.url).outcome).toMatchObject({ body: 'x'.repeat(8), error: null })
})

test('an answer that its client does not read is not cut for being silent', async () => {
  const world = openWorld({ idleMs: 40 })
  const provider = await openRawProvider((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nx'))
  const { call, outcome, seen } = ask(world, provider.url)
  await until(() => seen.body === 'x')
  call.pause()
  const other = await openRawProvider()
  expect(await ask(openWorld({ headersMs: 200 }), other.url).outcome).toMatchObject({
    error: 'UPSTREAM_HEADERS_TIMEOUT',
  })
  provider.connections[0]?.socket.end('y')
  call.resume()
  expect(await outcome).toMatchObject({ body: 'xy', error: null })
})

test('a server that accepts and never says anything of TLS is no connection', async () => {
  const provider = await openRawProvider()
  const { outcome } = ask(openWorld({ connectMs: 40 }), `https://127.0.0.1:${provider.port}`)
  expect(await outcome).toMatchObject({ error: 'UPSTREAM_CONNECT_TIMEOUT', message: 'no connection within 40 ms' })
})

test('a change of the limits counts from the next request on', async () => {
  const provider = await openRawProvider()
  const world = openWorld()
  const { call, outcome } = ask(world, provider.url)
  await until(() => provider.text() !== '')
  world.settings = { ...world.settings, headersMs: 40 }
  expect(await ask(world, provider.url).outcome).toMatchObject({ error: 'UPSTREAM_HEADERS_TIMEOUT' })
  call.abort()
  expect(await outcome).toMatchObject({ error: 'UPSTREAM_NOT_WANTED' })
})

test('at the limit of connections to an origin, requests wait for one in their order', async () => {
  const provider = await openRawProvider()
  const pool = openPool(routeTo(provider.url, null, {}), {
    connectionsMax: 3,
    sweeper: openSweeper(() => 1_000),
    turns: openTurns(),
    now: () => 0,
    limits: () => defaultConfiguration().gateway.upstream,
    trusted: () => Promise.resolve({ context: undefined, problem: null }),
    onEmpty: () => undefined,
  })
  onTestFinished(() => pool.destroy())
  const ended: string[] = []
  const calls = Array.from({ length: 6 }, (_, i) => {
    const end = (): void => void ended.push(String(i))
    const handler = {
      onHead: () => undefined,
      onBody: () => undefined,
      onEnd: end,
      onError: () => ended.push(`no ${i}`),
    }
    return pool.dispatch({ method: 'GET', path: `/${i}`, headers: [], body: null }, handler)
  })
  await until(() => provider.connections.filter(({ text }) => text !== '').length === 3)
  calls[3]?.abort()
  const answerAll = (): void => provider.connections.forEach(({ socket }) => socket.write(answer('ok')))
  answerAll()
  await until(() => provider.text().includes('/4') && provider.text().includes('/5'))
  expect([ended, provider.connections.length]).toEqual([['no 3', '0', '1', '2'], 3])
  expect(provider.text()).not.toContain('/3')
  for (const { socket, text } of provider.connections) if (/\/[45]/.test(text)) socket.write(answer('ok'))
  await until(() => ended.length === 6)
  expect(ended.slice(4).toSorted()).toEqual(['4', '5'])
})

test('more requests than may wait are refused', () => {
  const noConnection = new Promise<never>(() => undefined)
  const room = openWaitingRoom({
    sweeper: openSweeper(() => 1_000),
    connectMs: () => 1_000,
    dial: () => ({ link: noConnection, cancel: () => undefined }),
    hasRoom: () => false,
    onLink: () => undefined,
    onFailed: () => undefined,
  })
  const refused: string[] = []
  const request = { method: 'GET', path: '/', headers: [], body: null }
  const nothing = (): void => undefined
  const handler = {
    onHead: nothing,
    onBody: nothing,
    onEnd: nothing,
    onError: (error: Error) => void refused.push(error.message),
  }
  for (let i = 0; i < 8_193; i++) {
    room.wait(openCall({ head: '', request, handler, onRepeat: room.wait, onGivenUp: room.leave }))
  }
  expect(refused).toEqual(['8192 requests wait already'])
  room.cut(new Error('over'))
  expect([refused.length, room.isEmpty()]).toEqual([8_193, true])
})

test('a client that leaves cuts its connection, or leaves the queue, and nothing else', async () => {
  const world = openWorld()
  const provider = await openRawProvider((socket, all) => all.includes('/ok') && socket.write(answer('ok')))
  const left = ask(world, provider.url)
  await until(() => provider.text() !== '')
  left.call.abort()
  expect(await left.outcome).toMatchObject({ status: 0, error: 'UPSTREAM_NOT_WANTED' })
  await until(() => provider.connections[0]?.socket.destroyed === true)
  const gone = ask(world, provider.url)
  gone.call.abort()
  const done = ask(world, provider.url, { path: '/ok' })
  expect(await done.outcome).toMatchObject({ body: 'ok' })
  done.call.abort()
  expect(await ask(world, provider.url, { path: '/ok' }).outcome).toMatchObject({ body: 'ok' })
  expect(provider.text()).not.toContain('GET / HTTP/1.1\r\n'.repeat(2))
})

test('the end of the gateway fails what is under way and what waits', async () => {
  const world = openWorld()
  const provider = await openRawProvider()
  const asked = ask(world, provider.url)
  await until(() => provider.text() !== '')
  const connecting = ask(world, provider.url)
  world.upstream.close()
  expect(await asked.outcome).toMatchObject({ error: 'UPSTREAM_NOT_WANTED' })
  expect(await connecting.outcome).toMatchObject({ error: 'UPSTREAM_NOT_WANTED' })
})

test('a refusal that comes before all of the request was sent is the answer, and ends the connection', async () => {
  const world = openWorld()
  const provider = await openRawProvider((socket, _all, connection) => {
    if (connection > 0) return socket.write(answer('next'))
    socket.pause()
    return socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig')
  })
  const { outcome } = ask(world, provider.url, { ...post, body: Buffer.alloc(30_000_000) })
  expect(await outcome).toMatchObject({ status: 413, body: 'big', error: null })
  expect(await ask(world, provider.url, post).outcome).toMatchObject({ body: 'next' })
})

/** A server whose first request is given to the test, and a client whose bytes the test writes. */
async function openClient(): Promise<{ request: Promise<IncomingMessage>; socket: Socket }> {
  let take: (request: IncomingMessage) => void
  const request = new Promise<IncomingMessage>((resolve) => (take = resolve))
  const server = createServer((incoming) => take(incoming))
  const socket = connectTcp(await listening(server), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  return { request, socket }
}

test.each([
  ['with the length that it stated', 'content-length: 2600', 'content-length: 2600\r\n\r\n', ''],
  ['in chunks', 'transfer-encoding: chunked', 'transfer-encoding: chunked\r\n\r\n', '0\r\n\r\n'],
])('a body that is longer than what is kept flows on %s', async (_name, framing, head, end) => {
  const { request, socket } = await openClient()
  const isChunked = end !== ''
  const send = (bytes: string): boolean =>
    socket.write(isChunked ? `${bytes.length.toString(16)}\r\n${bytes}\r\n` : bytes)
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`)
  send('a'.repeat(1_600))
  const collected = await collectBody(await request, 1_024, isChunked ? null : 2_600)
  if (collected.kind !== 'longer') throw new Error(collected.kind)
  expect([collected.body.start.toString(), collected.body.length]).toEqual([
    'a'.repeat(1_600),
    isChunked ? null : 2_600,
  ])
  const provider = await openRawProvider(
    (peer, all) => all.endsWith(`c${isChunked ? `\r\n${end}` : ''}`) && peer.write(answer('ok')),
  )
  const { outcome } = ask(openWorld({ headersMs: 100 }), provider.url, { ...post, body: collected.body })
  await until(() => provider.text().includes('aaa'))
  send('b'.repeat(999))
  await until(() => provider.text().includes('bbb'))
  send('c')
  if (isChunked) socket.write(end)
  expect(await outcome).toMatchObject({ body: 'ok', error: null })
  expect(provider.text()).toContain(head)
  expect(provider.text().replaceAll(/\r\n[\da-f]+\r\n|\r\n/g, '')).toContain(`${'a'.repeat(1_600)}${'b'.repeat(999)}c`)
})

test('a streamed body waits for a provider that does not read it', async () => {
  const { request, socket } = await openClient()
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')])
  socket.write(piece)
  const collected = await collectBody(await request, 1_024)
  if (collected.kind !== 'longer') throw new Error(collected.kind)
  const provider = await openRawProvider((peer) => peer.pause())
  const { outcome } = ask(openWorld({ idleMs: 200 }), provider.url, { ...post, body: collected.body })
  let written = 0
  const fill = (): void => {
    while (written < 2_000 && socket.write(piece)) written++
  }
  socket.on('drain', fill)
  fill()
  expect(await outcome).toMatchObject({ status: 0, error: 'UPSTREAM_IDLE_TIMEOUT' })
  expect(written).toBeLessThan(1_000) // what the system's own buffers hold
})

test('a refusal ends a streamed body, and what is left of it is read so that the client sees the answer', async () => {
  const { request, socket } = await openClient()
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 20000000\r\n\r\n')
  socket.write(Buffer.alloc(2_000_000))
  const incoming = await request
  const collected = await collectBody(incoming, 1_024, 20_000_000)
  if (collected.kind !== 'longer') throw new Error(collected.kind)
  const refused = 'HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\n\r\nno'
  const provider = await openRawProvider((peer) => peer.pause() && peer.write(refused))
  const world = openWorld()
  expect(await ask(world, provider.url, { ...post, body: collected.body }).outcome).toMatchObject({
    status: 429,
    body: 'no',
  })
  socket.write(Buffer.alloc(18_000_000))
  await until(() => incoming.complete)
  expect(collected.body.isTaken()).toBe(true)
})
