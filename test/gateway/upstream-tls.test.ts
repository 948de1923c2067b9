// Connections to providers over TLS: whose certificates are believed, and what is said when they are not.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { whyUnreachable } from '../../src/gateway/upstream/why-unreachable.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { until } from './client.ts'
import { answer, ask, listening, openRawProvider, openWorld } from './upstream-client.ts'

let authority: Authority
let localhost: { readonly key: string; readonly cert: string }
beforeAll(() => {
  authority = makeAuthority()
  localhost = authority.issue('localhost')
})
afterAll(() => authority.remove())

/** A provider with a certificate; it answers every request with `ok`. */
async function openTlsProvider(certificate = localhost, onBytes?: (socket: TLSSocket) => void) {
  const sockets: TLSSocket[] = []
  const resumed: boolean[] = []
  const server = createServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    sockets.push(socket)
    resumed.push(socket.isSessionReused())
    socket.on('error', () => undefined)
    socket.on('data', () => (onBytes ? onBytes(socket) : socket.write(answer('ok'))))
  })
  server.on('tlsClientError', () => undefined) // clients that do not believe it
  const port = await listening(server)
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  return { url: `https://localhost:${port}`, port, sockets, resumed }
}

test('a certificate of a configured authority is believed, by name, in HTTP/1.1', async () => {
  const { url, sockets } = await openTlsProvider()
  const world = openWorld({ caFiles: [authority.file] })
  expect(await ask(world, url).outcome).toMatchObject({ body: 'ok', error: null })
  expect(await ask(world, url).outcome).toMatchObject({ body: 'ok', error: null })
  expect(sockets).toHaveLength(1)
  expect([sockets[0]?.alpnProtocol, sockets[0]?.servername]).toEqual(['http/1.1', 'localhost'])
})

test('one of an unknown authority is not, whatever the environment says', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  })
  const { url } = await openTlsProvider()
  expect(await ask(openWorld(), url).outcome).toMatchObject({ status: 0, error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test("another host's certificate is refused", async () => {
  const { url } = await openTlsProvider(authority.issue('example.com'))
  const { error } = await ask(openWorld({ caFiles: [authority.file] }), url).outcome
  expect(error).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('an address is believed by its own certificate', async () => {
  const { port } = await openTlsProvider(authority.issue('127.0.0.1'))
  const world = openWorld({ caFiles: [authority.file] })
  expect(await ask(world, `https://127.0.0.1:${port}`).outcome).toMatchObject({ body: 'ok' })
})

test('a server without TLS is told as that', async () => {
  const provider = await openRawProvider((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const { error } = await ask(openWorld(), `https://localhost:${provider.port}`).outcome
  expect(whyUnreachable(Object.assign(new Error('x'), { code: error }))).toContain('it does not speak TLS')
})

test.each([
  ['missing', (): string => join(authority.folder, 'no-such-file.pem'), 'there is no such file'],
  ['a folder', (): string => authority.folder, 'it is no regular file'],
  ['no certificate', (): string => written('empty.pem', 'hello'), 'it holds no certificate (PEM)'],
  [
    'a broken certificate',
    (): string => written('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
    'a certificate in it cannot be read',
  ],
])('a file that is %s is told once in the log, and in the error', async (_name, file, why) => {
  const { url } = await openTlsProvider()
  const world = openWorld({ caFiles: [file()] })
  const outcomes = [await ask(world, url).outcome, await ask(world, url).outcome]
  for (const { error, message } of outcomes) {
    expect(error).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect(message).toContain(`${file()}: ${why}`)
  }
  expect(world.log).toEqual([expect.stringContaining(`${file()}: ${why}`)])
})

test('the other files count when one cannot be read', async () => {
  const { url } = await openTlsProvider()
  const world = openWorld({ caFiles: ['/no/such/file', authority.file] })
  expect(await ask(world, url).outcome).toMatchObject({ body: 'ok' })
})

test('a relative file lies beside traseai.json, wherever the gateway was started, and ~ is the home of its user', async () => {
  const { url } = await openTlsProvider()
  const home = dirname(authority.file)
  const beside = openWorld({ caFiles: [basename(authority.file)] }, { TRASEAI_HOME: home })
  expect(await ask(beside, url).outcome).toMatchObject({ body: 'ok' })
  const below = openWorld({ caFiles: [`~/${basename(authority.file)}`] }, { HOME: home })
  expect(await ask(below, url).outcome).toMatchObject({ body: 'ok' })
})

test('a file that is mended, or named later, counts without a restart', async () => {
  const { url } = await openTlsProvider()
  const file = written('later.pem', '')
  const world = openWorld({ caFiles: [file] })
  expect(await ask(world, url).outcome).toMatchObject({ error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  written('later.pem', readFileSync(authority.file, 'utf8'))
  world.laterMs = 60_000
  expect(await ask(world, url).outcome).toMatchObject({ body: 'ok' })
  const other = openWorld()
  expect(await ask(other, url).outcome).toMatchObject({ error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  other.settings = { ...other.settings, caFiles: [authority.file] }
  expect(await ask(other, url).outcome).toMatchObject({ body: 'ok' })
})

test('a second connection goes on with the session of the first', async () => {
  const { url, sockets, resumed } = await openTlsProvider(localhost, (socket) =>
    socket.end(answer('ok', 'connection: close\r\n')),
  )
  const world = openWorld({ caFiles: [authority.file] })
  await ask(world, url).outcome
  await until(() => sockets[0]?.destroyed === true)
  await ask(world, url).outcome
  // With other authorities the certificate is looked at again.
  await until(() => sockets[1]?.destroyed === true)
  world.settings = { ...world.settings, caFiles: [] }
  expect(await ask(world, url).outcome).toMatchObject({ error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  expect(resumed).toEqual([false, true])
})

test('a client that is slower than a provider over TLS slows it down', async () => {
  const piece = Buffer.alloc(65_536, 'x')
  let written = 0
  const { url } = await openTlsProvider(localhost, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const fill = (): void => {
      while (written < 1_000 && socket.write(piece)) written++
      if (written >= 1_000) socket.end()
    }
    socket.on('drain', fill)
    fill()
  })
  const { call, outcome, seen } = ask(openWorld({ caFiles: [authority.file] }), url)
  await until(() => seen.status === 200)
  call.pause()
  const idle = await openRawProvider()
  await ask(openWorld({ headersMs: 100 }), idle.url).outcome
  expect(written).toBeLessThan(900)
  call.resume()
  expect((await outcome).body.length).toBeGreaterThanOrEqual(1_000 * piece.length)
})

function written(name: string, text: string): string {
  const file = join(authority.folder, name)
  writeFileSync(file, text)
  return file
}
