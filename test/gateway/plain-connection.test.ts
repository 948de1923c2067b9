// Plain connections read what Node's server would read: the same bytes go to both, and what each understood is compared.
import fc from 'fast-check'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type ClientRequest, nodeRequest } from '../../src/gateway/clients/request.ts'
import { type ClientResponse, nodeResponse } from '../../src/gateway/clients/response.ts'
import { openPlainConnection } from '../../src/gateway/clients/plain-connection.ts'
import { readPlainRequest } from '../../src/gateway/clients/plain-request.ts'

const date = (): string => 'Thu, 01 Jan 2026 00:00:00 GMT'
let nodes: Server
let ours: Server
/** Requests that a plain connection served itself. */
let plain = 0

beforeAll(async () => {
  nodes = createServer(serveNodes)
  ours = createServer(serveNodes)
  const [accept] = ours.listeners('connection') as ((socket: Socket) => void)[]
  ours.removeAllListeners('connection')
  ours.on('connection', (socket: Socket) =>
    openPlainConnection(socket, {
      date,
      bodyBytesMax: () => 1_000,
      handOver: (handed) => accept?.call(ours, handed),
      serve(request, response) {
        plain++
        answer(request, response)
      },
    }),
  )
  for (const server of [nodes, ours]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
})

afterAll(() => {
  for (const server of [nodes, ours]) {
    server.close()
    server.closeAllConnections()
  }
})

function serveNodes(message: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.on('end', () => {
    answer(
      { ...nodeRequest(message), body: chunks.length === 0 ? null : Buffer.concat(chunks) },
      nodeResponse(response, date),
    )
  })
}

/** Says what was understood. */
function answer({ method, url, rawHeaders, body }: ClientRequest, response: ClientResponse): void {
  const understood = Buffer.from(JSON.stringify([method, url, rawHeaders, body?.toString('latin1') ?? null]))
  response.writeHead(200, '', ['content-length', String(understood.length)])
  response.end(understood)
}

/** Everything that comes back after these bytes, which are all that is said. */
async function told(server: Server, bytes: Buffer, cutAt: number): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(bytes.subarray(0, cutAt))
  if (cutAt < bytes.length) setImmediate(() => socket.end(bytes.subarray(cutAt)))
  else socket.end()
  await closed
  return Buffer.concat(chunks)
    .toString('latin1')
    .replaceAll(/^(?:date|connection|keep-alive): .*\r\n/gim, '')
}

const crlf = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', ' \r\n', '\r\n ', '\r\n\t')
const name = fc.constantFrom(
  'Host',
  'host',
  'Content-Length',
  'content-length',
  'Content-Length ',
  'Transfer-Encoding',
  'Connection',
  'Expect',
  'TE',
  'Upgrade',
  'X-Api-Key',
  'Accept',
  'x y',
  'x\u0000y',
  'trailer',
  'X',
  '',
  'content_length',
  'Cookie',
  'http2-settings',
)
const value = fc.constantFrom(
  '127.0.0.1',
  '5',
  '5',
  '0',
  '+5',
  '0x5',
  '5, 5',
  ' 5',
  '5 ',
  '05',
  '',
  'chunked',
  'identity, chunked',
  'keep-alive',
  'close',
  'Upgrade',
  '100-continue',
  'a\u0000b',
  'a\tb',
  '\u00e9',
  'a\u007fb',
  'gzip',
  'x'.repeat(300),
)
const header = fc.tuple(name, fc.constantFrom(':', ': ', ':\t', ' : ', ''), value, crlf).map((parts) => parts.join(''))
const requestText = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'POST', 'POST', 'HEAD', 'get', 'PUT', 'P\u0000ST', 'OPTIONS'),
    fc.constantFrom(' ', ' ', ' ', '  ', '\t'),
    fc.constantFrom('/v1/x', '/', '*', 'http://a/b', '/a b', '/\u00e9', '/a?b=c&d', '/a#b', '/%00'),
    fc.constantFrom(' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', ' HTTP/2.0', ' http/1.1', ''),
    crlf,
    fc.array(header, { maxLength: 5 }),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '', '\r\n\r\n'),
    fc.constantFrom(
      'hello',
      'hello',
      'hell',
      '',
      'hello!',
      '5\r\nhello\r\n0\r\n\r\n',
      'helloGET / HTTP/1.1\r\nhost: a\r\n\r\n',
    ),
  )
  .map(([method, space, target, version, end, headers, blank, body]) =>
    [method, space, target, version, end, ...headers, blank, body].join(''),
  )
const usualText = fc
  .tuple(
    fc.constantFrom('hello', '', '\u00ff\u0000'),
    fc.array(fc.tuple(fc.constantFrom('Accept', 'X-A'), value), { maxLength: 3 }),
  )
  .map(([body, more]) => {
    const lines = more.map(([key, text]) => `${key}: ${text}\r\n`).join('')
    return `POST /v1/chat HTTP/1.1\r\nHost: a\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`
  })

describe('a plain connection', () => {
  test('understands every request as Node does, or leaves it to Node', async () => {
    const served = plain
    await fc.assert(
      fc.asyncProperty(fc.oneof(requestText, usualText), fc.nat(400), async (text, cut) => {
        const bytes = Buffer.from(text, 'latin1')
        const cutAt = cut % 3 === 0 ? Math.min(cut, bytes.length) : bytes.length
        const [one, other] = [await told(ours, bytes, cutAt), await told(nodes, bytes, cutAt)]
        // A client that closes in the middle of its body gets 400 of Node, and from us the end of the connection.
        if (one !== '' || !other.startsWith('HTTP/1.1 400 ')) expect(one).toBe(other)
      }),
      { numRuns: 1_500 },
    )
    // Else nothing was compared with Node.
    expect(plain - served).toBeGreaterThan(200)
  })
})

describe('a body that comes in several reads', () => {
  const bodyOf = (length: number): string => 'x'.repeat(length)
  const requestOf = (length: number): string =>
    `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${bodyOf(length)}`

  /** Each piece once the one before was read. */
  async function sendInPieces(text: string, pieceBytes: number): Promise<string> {
    const socket = connect((ours.address() as AddressInfo).port, '127.0.0.1')
    const [accepted] = (await once(ours, 'connection')) as [Socket]
    let answered = ''
    socket.on('data', (chunk: Buffer) => (answered += chunk.toString('latin1')))
    for (let at = 0; at < text.length; at += pieceBytes) {
      const piece = text.slice(at, at + pieceBytes)
      socket.write(piece)
      await until(() => accepted.bytesRead >= at + piece.length)
    }
    await until(() => answered.includes('\r\n\r\n'))
    socket.end()
    await once(socket, 'close')
    return answered
  }

  test('is served when it is complete', async () => {
    const before = plain
    expect(await sendInPieces(requestOf(900), 300)).toContain(bodyOf(900))
    expect(plain).toBe(before + 1)
  })

  test('goes to Node with its head when there are many, or when it is long', async () => {
    const before = plain
    expect(await sendInPieces(requestOf(900), 50)).toContain(bodyOf(900))
    expect(await sendInPieces(requestOf(5_000), 2_000)).toContain(bodyOf(5_000))
    expect(plain).toBe(before)
  })

  test('followed by the next request in the same read, goes to Node with both', async () => {
    const before = plain
    const answered = await sendInPieces(requestOf(900) + requestOf(3), 500)
    expect(answered).toContain(bodyOf(900))
    expect(plain).toBe(before)
  })
})

describe('a request that is not plain', () => {
  const plainText = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'
  test('the plain one beside them is', () => {
    expect(readPlainRequest(Buffer.from(plainText))?.request.body?.toString()).toBe('hi')
  })
  test.each([
    ['has no host', plainText.replace('Host: a\r\n', '')],
    ['has two hosts', plainText.replace('Host: a', 'Host: a\r\nhost: b')],
    ['has two lengths', plainText.replace('Content-Length: 2', 'Content-Length: 2\r\nContent-Length: 2')],
    ['has a coding', plainText.replace('Content-Length: 2', 'Content-Length: 2\r\nTransfer-Encoding: chunked')],
    ['has no length', plainText.replace('Content-Length: 2\r\n', '')],
    ['wants to close', plainText.replace('Host: a', 'Host: a\r\nConnection: close')],
    ['waits for 100', plainText.replace('Host: a', 'Host: a\r\nExpect: 100-continue')],
    ['wants another protocol', plainText.replace('Host: a', 'Host: a\r\nUpgrade: h2c')],
    ['folds a line', plainText.replace('Host: a', 'Host: a\r\n b')],
    ['ends a line with LF', plainText.replace('Host: a\r\n', 'Host: a\n')],
    ['has a space before the colon', plainText.replace('Host: a', 'Host: a\r\nX : b')],
    ['has a NUL', plainText.replace('Host: a', 'Host: a\u0000')],
    ['has a head that is not complete', plainText.slice(0, -5)],
    ['is followed by another', plainText + plainText],
    ['names a whole address', plainText.replace('/a', 'http://a/a')],
    ['is of HTTP/1.0', plainText.replace('HTTP/1.1', 'HTTP/1.0')],
  ])('%s', (_, text) => {
    expect(readPlainRequest(Buffer.from(text, 'latin1'))).toBeNull()
  })
})
