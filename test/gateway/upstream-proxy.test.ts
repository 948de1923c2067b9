// The way to a provider through an HTTP proxy: when there is one, what it is sent, and what is said when it does not let us through.
import { createServer as createHttp } from 'node:http'
import { connect } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { routeTo } from '../../src/gateway/upstream/route.ts'
import type { Environment } from '../../src/host.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { answer, ask, listening, openRawProvider, openWorld } from './upstream-client.ts'

const proxyOf = (origin: string, env: Environment, setting: string | null = null): string | null => {
  const { proxy } = routeTo(origin, setting, env)
  return proxy === null ? null : `${proxy.isSecure ? 'https' : 'http'}://${proxy.host}:${proxy.port}`
}

describe('the way to a provider', () => {
  const env = { HTTPS_PROXY: 'http://s.proxy:1', HTTP_PROXY: 'http://p.proxy:2', ALL_PROXY: 'http://a.proxy:3' }

  test.each([
    ['https://api.example.com', env, 'http://s.proxy:1'],
    ['http://api.example.com', env, 'http://p.proxy:2'],
    ['https://api.example.com', { ...env, https_proxy: 'https://lower.proxy' }, 'https://lower.proxy:443'],
    ['https://api.example.com', { ...env, https_proxy: '' }, null],
    ['https://api.example.com', { ALL_PROXY: 'a.proxy:3' }, 'http://a.proxy:3'],
    ['https://api.example.com', { HTTP_PROXY: 'http://p.proxy:2' }, null],
    ['https://api.example.com', { HTTPS_PROXY: 'http://[::1]:8080' }, 'http://::1:8080'],
    ['https://api.example.com', {}, null],
    ['http://localhost:11434', env, null],
    ['http://models.localhost', env, null],
    ['http://127.0.0.2:11434', env, null],
    ['http://[::1]:11434', env, null],
  ])('%s with %j goes through %j', (origin, variables, proxy) => {
    expect(proxyOf(origin, variables)).toBe(proxy)
  })

  test('that the settings name is taken before the environment, also on this machine', () => {
    expect(proxyOf('https://api.example.com', env, 'http://own.proxy:9')).toBe('http://own.proxy:9')
    expect(proxyOf('http://127.0.0.1:1', env, 'http://own.proxy:9')).toBe('http://own.proxy:9')
    expect(proxyOf('http://127.0.0.1:1', { NO_PROXY: '127.0.0.0/8' }, 'http://own.proxy:9')).toBeNull()
  })

  test.each([
    ['*', 'https://api.example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['example.com', 'https://example.com', true],
    ['.example.com', 'https://api.example.com', true],
    ['*.example.com', 'https://api.example.com', true],
    ['EXAMPLE.com', 'https://api.Example.com', true],
    ['example.com.', 'https://api.example.com', true],
    ['a.test, example.com', 'https://api.example.com', true],
    ['a.test example.com', 'https://api.example.com', true],
    ['example.com:443', 'https://api.example.com', true],
    ['example.com:8443', 'https://api.example.com', false],
    ['ample.com', 'https://api.example.com', false],
    ['com.example', 'https://api.example.com', false],
    ['', 'https://api.example.com', false],
    ['.', 'https://api.example.com', false],
    ['10.0.0.0/8', 'http://10.1.2.3', true],
    ['10.0.0.0/8', 'http://11.1.2.3', false],
    ['10.1.2.3', 'http://10.1.2.3:8080', true],
    ['10.1.2.3:80', 'http://10.1.2.3:8080', false],
    ['10.0.0.0/99', 'http://10.1.2.3', false],
    ['10.0.0.0/x', 'http://10.1.2.3', false],
    ['fd00::/8', 'http://[fd00::1]', true],
    ['[fd00::1]:80', 'http://[fd00::1]', true],
    ['fd00::1', 'http://[fd00::2]', false],
    ['10.0.0.0/8', 'http://api.example.com', false],
  ])('NO_PROXY=%j makes an exception of %s: %s', (list, origin, isExcepted) => {
    expect(proxyOf(origin, { ...env, NO_PROXY: list }) === null).toBe(isExcepted)
    expect(proxyOf(origin, { no_proxy: list, NO_PROXY: '*' }, 'http://own.proxy:9') === null).toBe(isExcepted)
  })

  test('goes through no proxy that speaks no HTTP, and says so without its password', async () => {
    const world = openWorld({}, { ALL_PROXY: 'socks5://me:sk-test-secret@s.proxy:1080' })
    const { error, message } = await ask(world, 'https://api.example.com').outcome
    expect(error).toBe('UPSTREAM_PROXY_UNUSABLE')
    expect(message).toBe('the proxy begins with socks5://; set gateway.upstream.proxy or NO_PROXY')
  })
})

test('a provider without TLS is asked for by its whole address, with the name and password of the proxy', async () => {
  const proxy = await openRawProvider((socket) => socket.write(answer('ok')))
  const world = openWorld({ proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` })
  expect(await ask(world, 'http://api.example.com:8080', { path: '/v1/x?y' }).outcome).toMatchObject({ body: 'ok' })
  expect(proxy.text()).toBe(
    `GET http://api.example.com:8080/v1/x?y HTTP/1.1\r\nhost: api.example.com:8080\r\nconnection: keep-alive\r\nproxy-authorization: Basic ${btoa('me:p@ss')}\r\n\r\n`,
  )
})

test('a change of the proxy counts from the next request on', async () => {
  const [proxy, direct] = [
    await openRawProvider((s) => s.write(answer('proxy'))),
    await openRawProvider((s) => s.write(answer('direct'))),
  ]
  const world = openWorld()
  expect(await ask(world, direct.url).outcome).toMatchObject({ body: 'direct' })
  world.settings = { ...world.settings, proxy: proxy.url }
  expect(await ask(world, direct.url).outcome).toMatchObject({ body: 'proxy' })
  world.settings = { ...world.settings, proxy: null }
  expect(await ask(world, direct.url).outcome).toMatchObject({ body: 'direct' })
  expect(direct.connections).toHaveLength(1)
})

describe('to a provider with TLS', () => {
  let authority: Authority
  let localhost: { readonly key: string; readonly cert: string }
  beforeAll(() => {
    authority = makeAuthority()
    localhost = authority.issue('localhost')
  })
  afterAll(() => authority.remove())

  async function openSecret(): Promise<{ url: string; authority: string; text: () => string }> {
    let text = ''
    const server = createTls(localhost, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1')
        socket.write(answer('secret'))
      })
      onTestFinished(() => void socket.destroy())
    })
    const port = await listening(server)
    return { url: `https://localhost:${port}`, authority: `localhost:${port}`, text: () => text }
  }

  /** A proxy that opens tunnels; with `certificate` it is spoken to over TLS itself. */
  async function openTunnels(certificate?: typeof localhost) {
    const asked: string[] = []
    const http = createHttp()
    http.on('connect', (request, client, head) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
      const [host, port] = (request.url ?? '').split(':')
      const server = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n')
        server.write(head)
        server.pipe(client).pipe(server)
      })
      for (const socket of [client, server]) {
        socket.on('error', () => undefined)
        onTestFinished(() => void socket.destroy())
      }
    })
    if (certificate === undefined) return { asked, port: await listening(http) }
    return { asked, port: await listening(createTls(certificate, (socket) => void http.emit('connection', socket))) }
  }

  test.each([false, true])(
    'a proxy opens a tunnel, and sees nothing of what is in it (TLS to the proxy: %s)',
    async (isSecure) => {
      const secret = await openSecret()
      const proxy = await openTunnels(isSecure ? localhost : undefined)
      const address = `${isSecure ? 'https' : 'http'}://me:sk-test-secret@localhost:${proxy.port}`
      const world = openWorld({ proxy: address, caFiles: [authority.file] })
      const request = { method: 'POST', path: '/v1/x', headers: ['a', 'b'], body: Buffer.from('{}') }
      expect(await ask(world, secret.url, request).outcome).toMatchObject({ body: 'secret', error: null })
      expect(await ask(world, secret.url, request).outcome).toMatchObject({ body: 'secret', error: null })
      expect(proxy.asked).toEqual([`${secret.authority} Basic ${btoa('me:sk-test-secret')}`])
      expect(secret.text()).toContain('POST /v1/x HTTP/1.1\r\nhost: localhost:')
      expect(secret.text()).not.toContain('proxy-authorization')
      expect(world.log).toEqual([])
    },
  )

  test.each([
    ['HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n', 'answered 407'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n<html>', 'answered 502'],
    ['SSH-2.0-x\r\n\r\n', 'answered no HTTP: its head is malformed'],
    ['HTTP/1.1 200 OK\r\n\r\nhello', 'spoke before the tunnel was used'],
  ])('a proxy that answers %j is told as that', async (bytes, why) => {
    const proxy = await openRawProvider((socket) => socket.write(bytes))
    const world = openWorld({ proxy: `http://me:sk-test-secret@127.0.0.1:${proxy.port}` })
    expect(await ask(world, 'https://api.example.com').outcome).toMatchObject({
      error: 'UPSTREAM_PROXY_REFUSED',
      message: `the proxy 127.0.0.1:${proxy.port} ${why}`,
    })
    expect(proxy.text()).toMatch(/^CONNECT api\.example\.com:443 HTTP\/1\.1\r\nhost: api\.example\.com:443\r\n/)
  })

  test('a proxy that closes, is silent or is not there is told as that', async () => {
    const closing = await openRawProvider((socket) => socket.end())
    const closed = await ask(openWorld({ proxy: closing.url }), 'https://api.example.com').outcome
    expect(closed).toMatchObject({
      error: 'UPSTREAM_PROXY_REFUSED',
      message: expect.stringContaining('closed') as string,
    })
    const silent = await openRawProvider()
    const late = await ask(openWorld({ proxy: silent.url, connectMs: 40 }), 'https://api.example.com').outcome
    expect(late).toMatchObject({ error: 'UPSTREAM_CONNECT_TIMEOUT' })
    const absent = await ask(openWorld({ proxy: 'http://127.0.0.1:1' }), 'https://api.example.com').outcome
    expect(absent).toMatchObject({
      error: 'UPSTREAM_PROXY_UNREACHABLE',
      message: '127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    })
  })
})
