// Connections to providers as the other end sees them: what is written, when they are used again, and what a cut one means.
import { connect, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requestHead } from '../../src/gateway/upstream/request.ts'
import { until } from './client.ts'
import { answer, ask, listening, openRawProvider, openWorld, type Outcome } from './upstream-client.ts'

const post = { method: 'POST', path: '/v1/x', headers: [], body: Buffer.from('{}') }

describe('a request', () => {
  test('is written with its host, its headers as they are, and its length', async () => {
    const provider = await openRawProvider((socket) => socket.write(answer('ok')))
    const { outcome } = ask(openWorld(), provider.url, { ...post, headers: ['X-B', '1', 'x-a', '\xe9', 'X-B', '2'] })
    expect(await outcome).toMatchObject({ status: 200, body: 'ok', error: null })
    expect(provider.text()).toBe(
      `POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1:${provider.port}\r\nconnection: keep-alive\r\nX-B: 1\r\nx-a: \xe9\r\nX-B: 2\r\ncontent-length: 2\r\n\r\n{}`,
    )
  })

  test.each([
    ['POST', 'content-length: 0\r\n'],
    ['GET', ''],
    ['DELETE', ''],
  ])('%s without a body says what is usual: %j', async (method, length) => {
    const provider = await openRawProvider((socket) => socket.write(answer('')))
    await ask(openWorld(), provider.url, { method }).outcome
    expect(provider.text()).toMatch(new RegExp(`keep-alive\r\n${length}\r\n$`))
  })

  test('that is longer than a socket takes arrives whole', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefghij')
    const provider = await openRawProvider((socket, all) => {
      if (all.length > body.length && all.endsWith('j')) socket.write(answer('ok'))
    })
    expect(await ask(openWorld(), provider.url, { ...post, body }).outcome).toMatchObject({ body: 'ok', error: null })
    expect(provider.text().split('\r\n\r\n')[1]).toBe(body.toString())
  })

  test.each([
    ['method', { method: 'GET / HTTP/1.1\r\nx: ' }],
    ['method', { method: '' }],
    ['path', { path: '/ HTTP/1.1\r\nX: 1\r\n\r\nGET /' }],
    ['path', { path: '/a b' }],
    ['header name', { headers: ['x: 1\r\ny', '2'] }],
    ['header name', { headers: ['x y', '2'] }],
    ['header value', { headers: ['x', '1\r\ny: 2'] }],
    ['header value', { headers: ['x', '1\ny: 2'] }],
    ['header value', { headers: ['x', '1\0'] }],
    ['header value', { headers: ['x', '\u0100'] }],
  ])('is refused for a %s that would be read as something else: %j', async (_what, part) => {
    const provider = await openRawProvider()
    const { outcome } = ask(openWorld(), provider.url, part)
    expect(await outcome).toMatchObject({ status: 0, error: 'UPSTREAM_BAD_REQUEST' })
    expect(provider.connections).toHaveLength(0)
  })

  test('has exactly the lines it was given, or is refused, whatever is in them', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', ' ', ':', '\r', '\n', '\t', '\0', '\r\n', '\xff', 'x: y'),
    })
    const parts = fc.record({ method: text, path: text, headers: fc.array(fc.tuple(text, text)) })
    fc.assert(
      fc.property(parts, ({ method, path, headers }) => {
        let head = ''
        try {
          head = requestHead(
            { targetPrefix: '', lines: '', lineCount: 0 },
            { method, path, headers: headers.flat(), body: null },
          )
        } catch (error) {
          expect(error).toMatchObject({ code: 'UPSTREAM_BAD_REQUEST' })
          return
        }
        const lines = [`${method} ${path} HTTP/1.1`, ...headers.map((pair) => pair.join(': ')), '', '']
        expect(head.split(/\r\n|[\r\n]/)).toEqual(lines)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a connection', () => {
  test('is used again, the one that was used last first', async () => {
    const world = openWorld()
    const provider = await openRawProvider()
    const [first, second] = [ask(world, provider.url), ask(world, provider.url)]
    await until(() => provider.connections.length === 2 && provider.connections.every(({ text }) => text !== ''))
    provider.connections[1]?.socket.write(answer('1'))
    await second.outcome
    provider.connections[0]?.socket.write(answer('0'))
    await first.outcome
    const third = ask(world, provider.url)
    await until(() => provider.connections[0]?.text.split('GET').length === 3)
    provider.connections[0]?.socket.write(answer('2'))
    expect(await third.outcome).toMatchObject({ body: '2' })
    expect(provider.connections).toHaveLength(2)
  })

  test.each([
    ['for 4 s when the provider says nothing', '', 3_900, 4_000],
    ['for a second less than the provider says', 'keep-alive: timeout=20\r\n', 18_900, 19_000],
    ['for a minute at most', 'keep-alive: timeout=3600\r\n', 59_900, 60_000],
  ])('is kept idle %s', async (_name, head, keptMs, droppedMs) => {
    const world = openWorld()
    const provider = await openRawProvider((socket) => socket.write(answer('', head)))
    await ask(world, provider.url).outcome
    world.laterMs = keptMs
    await ask(world, provider.url).outcome
    expect(provider.connections).toHaveLength(1)
    world.laterMs += droppedMs
    await ask(world, provider.url).outcome
    expect(provider.connections).toHaveLength(2)
  })

  test.each([
    ['the provider says that it closes', answer('', 'connection: close\r\n')],
    ['the provider keeps nothing idle', answer('', 'keep-alive: timeout=1\r\n')],
    ['more bytes came than the answer has', `${answer('')}HTTP/1.1 200 OK`],
  ])('is not used again when %s', async (_name, bytes) => {
    const world = openWorld()
    const provider = await openRawProvider((socket) => socket.write(bytes))
    expect(await ask(world, provider.url).outcome).toMatchObject({ status: 200, error: null })
    expect(await ask(world, provider.url).outcome).toMatchObject({ status: 200, error: null })
    expect(provider.connections).toHaveLength(2)
  })

  test('that was made for somebody who left is the next one’s', async () => {
    const world = openWorld()
    const provider = await openRawProvider((socket) => socket.write(answer('ok')))
    ask(world, provider.url).call.abort()
    await until(() => provider.connections.length === 1)
    await nextTurn() // here it is told that it is open
    await nextTurn()
    expect(await ask(world, provider.url).outcome).toMatchObject({ body: 'ok', error: null })
    expect(provider.connections).toHaveLength(1)
  })

  test('that was made for somebody who left, and that nobody wants, is closed', async () => {
    const world = openWorld()
    const provider = await openRawProvider()
    const asked = Array.from({ length: 8 }, () => ask(world, provider.url))
    for (const { call } of asked) call.abort()
    await until(() => provider.connections.length === 8)
    await until(() => provider.connections.every(({ socket }) => socket.destroyed))
  })

  test('on which bytes come without a request is dropped', async () => {
    const world = openWorld()
    const provider = await openRawProvider((socket) => socket.write(answer('')))
    await ask(world, provider.url).outcome
    provider.connections[0]?.socket.write(answer('forged'))
    await until(() => provider.connections[0]?.socket.destroyed === true)
    expect(await ask(world, provider.url).outcome).toMatchObject({ body: '' })
  })

  test('passes over an informational answer that nobody asked for, and hands trailers on', async () => {
    const provider = await openRawProvider((socket) =>
      socket.write(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
      ),
    )
    expect(await ask(openWorld(), provider.url, post).outcome).toMatchObject({ body: 'ok', trailers: ['X-Sum', '1'] })
  })

  test('that is cut in the middle of an answer fails it', async () => {
    const provider = await openRawProvider((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'))
    expect(await ask(openWorld(), provider.url).outcome).toMatchObject({ body: 'half', error: 'UPSTREAM_CLOSED' })
  })

  test('that answers no HTTP fails in words', async () => {
    const provider = await openRawProvider((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'))
    expect(await ask(openWorld(), provider.url).outcome).toMatchObject({ error: 'UPSTREAM_BAD_ANSWER' })
  })
})

describe('when an idle connection turns out to be closed,', () => {
  /** Answers the first request of the first connection, then closes it on its second; others are answered. */
  const closing = () =>
    openRawProvider((socket, all, connection) => {
      if (connection > 0 || all.split('HTTP/1.1').length === 2) socket.write(answer(String(connection)))
      else socket.destroy()
    })

  test.each([
    ['a GET', { method: 'GET' }],
    ['a PUT', { ...post, method: 'PUT' }],
    ['a POST with an idempotency key', { ...post, headers: ['Idempotency-Key', 'a'] }],
  ])('%s is sent once more', async (_name, request) => {
    const world = openWorld()
    const provider = await closing()
    await ask(world, provider.url).outcome
    expect(await ask(world, provider.url, request).outcome).toMatchObject({ status: 200, body: '1' })
    expect(provider.connections).toHaveLength(2)
  })

  test('a POST that may have arrived is not sent twice', async () => {
    const world = openWorld()
    const provider = await closing()
    await ask(world, provider.url).outcome
    const { error } = await ask(world, provider.url, post).outcome
    expect(['UPSTREAM_CLOSED', 'ECONNRESET']).toContain(error)
    expect(provider.text().split('POST')).toHaveLength(2)
    expect(provider.connections).toHaveLength(1)
  })

  test('a POST that was written after the end is sent again', async () => {
    const world = openWorld()
    const provider = await openRawProvider((socket, _all, connection) => socket.write(answer(String(connection))))
    await ask(world, provider.url).outcome
    const peers: Socket[] = []
    const sender = connect(await listening(createServer((peer) => peers.push(peer))), '127.0.0.1')
    await until(() => peers.length === 1)
    const outcome = new Promise<Outcome>((resolve) => {
      sender.once('data', () => void ask(world, provider.url, post).outcome.then(resolve))
    })
    // Both wait when the event loop looks: first what makes us send, behind it the end of the connection.
    peers[0]?.write('go')
    provider.connections[0]?.socket.destroy()
    expect(await outcome).toMatchObject({ status: 200, body: '1' })
    expect(provider.text().split('POST')).toHaveLength(2)
    sender.destroy()
  })

  test('a request is repeated once, not for ever', async () => {
    const world = openWorld()
    const provider = await openRawProvider((socket, all, connection) => {
      if (connection === 0 && all.split('HTTP/1.1').length === 2) socket.write(answer(''))
      else socket.destroy()
    })
    await ask(world, provider.url).outcome
    const { error } = await ask(world, provider.url).outcome
    expect(['UPSTREAM_CLOSED', 'ECONNRESET']).toContain(error)
    expect(provider.connections).toHaveLength(2)
  })

  test('a first request on a connection is not repeated', async () => {
    const provider = await openRawProvider((socket) => socket.destroy())
    const { error } = await ask(openWorld(), provider.url).outcome
    expect(['UPSTREAM_CLOSED', 'ECONNRESET']).toContain(error)
    expect(provider.connections).toHaveLength(1)
  })
})
