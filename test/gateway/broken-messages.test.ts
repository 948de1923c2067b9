// Messages that two programs could read in two ways, or that are no requests: refused in words, and never sent on.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerText } from '../support/provider-answers.ts'
import { head, openRawHttp } from '../support/raw-http.ts'
import { openRoom, type Room, token } from './room.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom({ env: { OPENAI_API_KEY: 'sk-test-1', GEMINI_API_KEY: 'AIza-test-1' } })
})
afterAll(() => room.close())

/** Sends, and reads until the gateway closes. */
async function exchange(bytes: string): Promise<string> {
  const client = await openRawHttp(room.url)
  client.send(bytes)
  return client.ended()
}

/** Status and code of a refusal. */
function refused(answer: string): readonly [number, string] {
  const { error } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: { traseai: { code: string } } }
  return [Number(answer.slice(9, 12)), error.traseai.code]
}

const line = 'POST /openai/v1/x HTTP/1.1'
const own = ['Host: localhost', `x-api-key: ${token}`]
const usual = [line, ...own]
let before = 0
beforeEach(() => (before = room.provider.received.length))
const wasSent = (): number => room.provider.received.length - before

describe('a message with two readings is refused', () => {
  test.each([
    ['two lengths', head(...usual, 'Content-Length: 2', 'Content-Length: 3') + '{}x'],
    ['the same length twice', head(...usual, 'Content-Length: 2', 'Content-Length: 2') + '{}'],
    ['a list of lengths', head(...usual, 'Content-Length: 2, 2') + '{}'],
    ['a length with a sign', head(...usual, 'Content-Length: +2') + '{}'],
    ['a negative length', head(...usual, 'Content-Length: -2') + '{}'],
    ['a hexadecimal length', head(...usual, 'Content-Length: 0x2') + '{}'],
    ['a length with a blank inside', head(...usual, 'Content-Length: 2 2') + '{}'],
    ['a length beyond all numbers', head(...usual, `Content-Length: ${'9'.repeat(40)}`) + '{}'],
    ['an empty length', head(...usual, 'Content-Length:') + '{}'],
    ['a length and a coding', head(...usual, 'Content-Length: 2', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
    ['a coding and a length', head(...usual, 'Transfer-Encoding: chunked', 'Content-Length: 2') + '0\r\n\r\n'],
    ['chunked twice', head(...usual, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
    ['chunked twice in a list', head(...usual, 'Transfer-Encoding: chunked, chunked') + '0\r\n\r\n'],
    ['a coding inside chunked', head(...usual, 'Transfer-Encoding: gzip, chunked', 'Connection: close') + '0\r\n\r\n'],
    [
      'a coding inside chunked, on two lines',
      head(...usual, 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked', 'Connection: close') + '0\r\n\r\n',
    ],
    ['chunked, and then another', head(...usual, 'Transfer-Encoding: chunked, identity') + '0\r\n\r\n'],
    [
      'chunked, and then another on its own line',
      head(...usual, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + '0\r\n\r\n',
    ],
    ['an unknown coding', head(...usual, 'Transfer-Encoding: xchunked') + '0\r\n\r\n'],
    ['a coding with a vertical tab', head(...usual, 'Transfer-Encoding: \vchunked') + '0\r\n\r\n'],
    ['a quoted coding', head(...usual, 'Transfer-Encoding: "chunked"') + '0\r\n\r\n'],
    ['a coding with a parameter', head(...usual, 'Transfer-Encoding: chunked;a=b') + '0\r\n\r\n'],
    ['a coding in HTTP/1.0', head('POST /openai/v1/x HTTP/1.0', ...own, 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
    ['a blank before the colon', head(...usual, 'Content-Length : 2') + '{}'],
    ['a blank before the colon of the coding', head(...usual, 'Transfer-Encoding : chunked') + '0\r\n\r\n'],
    ['a folded line', head(...usual, 'X-A: a', ' b')],
    ['a folded coding', head(...usual, 'Transfer-Encoding:', ' chunked') + '0\r\n\r\n'],
    ['a line of blanks', head(...usual, ' ')],
    ['a header before the first', `${line}\r\n Host: localhost\r\n\r\n`],
    ['bare line feeds', [...usual, 'Content-Length: 0', '', ''].join('\n')],
    ['a bare line feed in a value', head(...usual, 'X-A: a\nX-B: b')],
    ['a bare return in a value', head(...usual, 'X-A: a\rX-B: b')],
    ['a return and no line feed at the end', head(...usual, 'X-A: a\r') + 'x'],
    ['a NUL in a value', head(...usual, 'X-A: a\0b')],
    ['a NUL in a name', head(...usual, 'X-\0A: a')],
    ['a DEL in a value', head(...usual, 'X-A: a\x7fb')],
    ['an odd byte in a name', head(...usual, 'X-\xe4: a')],
    ['a name in quotes', head(...usual, '"X-A": a')],
    ['no name', head(...usual, ': a')],
    ['no colon', head(...usual, 'X-A')],
    ['a chunk size with a sign', head(...usual, 'Transfer-Encoding: chunked') + '+2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size in C', head(...usual, 'Transfer-Encoding: chunked') + '0x2\r\n{}\r\n0\r\n\r\n'],
    [
      'a chunk size beyond all numbers',
      head(...usual, 'Transfer-Encoding: chunked') + `${'f'.repeat(17)}\r\n{}\r\n0\r\n\r\n`,
    ],
    ['no chunk size', head(...usual, 'Transfer-Encoding: chunked') + '\r\n{}\r\n0\r\n\r\n'],
    ['a chunk that is longer than its size', head(...usual, 'Transfer-Encoding: chunked') + '2\r\n{}x\r\n0\r\n\r\n'],
    ['a chunk ended by a bare line feed', head(...usual, 'Transfer-Encoding: chunked') + '2\n{}\r\n0\r\n\r\n'],
    ['a chunk’s data ended by a bare line feed', head(...usual, 'Transfer-Encoding: chunked') + '2\r\n{}\n0\r\n\r\n'],
    ['a chunk extension with a line feed', head(...usual, 'Transfer-Encoding: chunked') + '2;a\nb\r\n{}\r\n0\r\n\r\n'],
    [
      'a chunk extension without an end',
      head(...usual, 'Transfer-Encoding: chunked') + `2;${'a'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`,
    ],
    ['a broken trailer', head(...usual, 'Transfer-Encoding: chunked') + '2\r\n{}\r\n0\r\nX-\xe4: a\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    expect(refused(await exchange(bytes))).toEqual([400, 'bad_request'])
    expect(wasSent()).toBe(0)
  })
})

describe('what is no request for a path here is refused', () => {
  const close = 'Connection: close'
  test.each([
    ['absolute-form', head('GET http://localhost/openai/v1/x HTTP/1.1', ...own, close)],
    ['absolute-form of the provider', head('GET https://api.openai.com/v1/x HTTP/1.1', ...own, close)],
    ['authority-form', head('GET localhost:80 HTTP/1.1', ...own, close)],
    ['CONNECT', head('CONNECT api.openai.com:443 HTTP/1.1', ...own)],
    ['CONNECT with a path', head('CONNECT /openai/v1/x HTTP/1.1', ...own)],
    ['the asterisk', head('OPTIONS * HTTP/1.1', ...own, close)],
    ['dot segments', head('GET /openai/../anthropic/v1 HTTP/1.1', ...own, close)],
    ['encoded dot segments', head('GET /openai/%2e%2E/anthropic HTTP/1.1', ...own, close)],
    ['dot segments encoded twice', head('GET /openai/%252e%252e/x HTTP/1.1', ...own, close)],
    ['a dot segment behind an encoded slash', head('GET /openai/v1%2f..%2f..%2fx HTTP/1.1', ...own, close)],
    ['a dot segment behind a backslash', head('GET /openai/v1%5c..%5cx HTTP/1.1', ...own, close)],
    ['a dot segment with a parameter', head('GET /openai/..;a=b/x HTTP/1.1', ...own, close)],
    ['a line break in the path', head('GET /openai/v1/x%0d%0aX-A:%20b HTTP/1.1', ...own, close)],
    ['a blank in the path', head('GET /openai/v1/x y HTTP/1.1', ...own, close)],
    ['a tab in the path', head('GET /openai/v1/x\ty HTTP/1.1', ...own, close)],
    ['HTTP/0.9', 'GET /healthz\r\n\r\n'],
    ['HTTP/1.2', head('GET /healthz HTTP/1.2', ...own, close)],
    ['HTTP/2 in words', head('GET /healthz HTTP/2.0', ...own, close)],
    ['HTTP/11', head('GET /healthz HTTP/11', ...own, close)],
    ['an unknown method', head('BREW /openai/v1/x HTTP/1.1', ...own, close)],
    ['a method in small letters', head('get /healthz HTTP/1.1', ...own, close)],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['TRACE', head('TRACE /openai/v1/x HTTP/1.1', ...own, close)],
    ['no Host', head('GET /healthz HTTP/1.1', close)],
    ['no Host in HTTP/1.0', head('GET /healthz HTTP/1.0')],
    ['two Hosts', head('GET /healthz HTTP/1.1', 'Host: localhost', 'Host: localhost', close)],
    ['an empty Host', head('GET /healthz HTTP/1.1', 'Host:', close)],
  ])('%s', async (_name, bytes) => {
    expect(refused(await exchange(bytes))).toEqual([400, 'bad_request'])
    expect(wasSent()).toBe(0)
  })

  test('the preface of HTTP/2 gets no answer that a client of HTTP/2 would wait for', async () => {
    expect(await exchange('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toMatch(/^(?:$|HTTP\/1\.1 400)/)
  })
})

describe('headers have limits', () => {
  const long = `X-A: ${'a'.repeat(40_000)}`
  const many = Array.from({ length: 501 }, (_, i) => `a${i}: b`)
  test.each([
    ['one that is too long', head(...usual, long)],
    ['a path that is too long', head(`GET /openai/${'a'.repeat(40_000)} HTTP/1.1`, ...own)],
    ['too many', head(...usual, ...many)],
    ['thousands', head(...usual, ...many, ...many, ...many, ...many, ...many, 'Content-Length: 2') + '{}'],
  ])('%s', async (_name, bytes) => {
    expect(refused(await exchange(bytes))).toEqual([431, 'headers_too_large'])
    expect(wasSent()).toBe(0)
  })

  test('hundreds go on, each of them', async () => {
    const client = await openRawHttp(room.url)
    client.send(head(...usual, ...many.slice(0, 400), 'Content-Length: 0'))
    await client.untilReceived(answerText)
    const sent = room.provider.received.at(-1)?.rawHeaders ?? []
    expect(sent.filter((name) => /^a\d+$/.test(name))).toHaveLength(400)
    client.leave()
  })
})
