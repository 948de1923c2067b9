// Answers of providers, byte for byte: what is understood, what is refused, and that pieces and garbage change nothing.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResponseHead } from '../../src/gateway/upstream/response-head.ts'
import { endAnswer, expectAnswer, openResponseParser, readAnswer } from '../../src/gateway/upstream/response-parser.ts'
import { UpstreamError } from '../../src/gateway/upstream/failures.ts'

interface Outcome {
  readonly head: ResponseHead | null
  readonly body: string
  /** Null until the answer is complete. */
  readonly trailers: readonly string[] | null
  readonly hasSurplus: boolean
  readonly error: string | null
}

const reader = { method: 'POST', closes: false }

/** Reads an answer that comes in these pieces; `closes` says that the server then sends no more. */
function read(pieces: readonly (string | Buffer)[], { method, closes } = reader): Outcome {
  let head: ResponseHead | null = null
  let body = ''
  let trailers: readonly string[] | null = null
  let error: string | null = null
  const parser = openResponseParser({
    onHead: (given) => (head = given),
    onBody: (bytes) => (body += bytes.toString('latin1')),
    onEnd: (given) => (trailers = given),
  })
  expectAnswer(parser, method)
  try {
    for (const piece of pieces) readAnswer(parser, Buffer.from(piece as string, 'latin1'))
    if (closes) endAnswer(parser)
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown
    error = thrown.code
  }
  return { head, body, trailers, hasSurplus: parser.hasSurplus, error }
}

const ok = 'HTTP/1.1 200 OK\r\n'
const whole = (text: string, options?: Partial<typeof reader>): Outcome => read([text], { ...reader, ...options })

describe('an answer', () => {
  test('has a status, a reason and raw headers in their order and case', () => {
    const { head, body, trailers } = whole(
      'HTTP/1.1 207 Fine \xe9\r\nX-B: 1\r\nx-a:\t\xff \r\nX-B:2\r\nContent-Length: 3\r\n\r\nabc',
    )
    expect(head).toMatchObject({ status: 207, reason: 'Fine \xe9', framing: 'length', keepAlive: true })
    expect(head?.headers).toEqual(['X-B', '1', 'x-a', '\xff', 'X-B', '2', 'Content-Length', '3'])
    expect([body, trailers]).toEqual(['abc', []])
  })

  test.each([
    ['HTTP/1.1 200\r\n', ''],
    ['HTTP/1.1 200 \r\n', ''],
  ])('may have no reason: %j', (line, reason) => {
    expect(whole(`${line}Content-Length: 0\r\n\r\n`)).toMatchObject({ head: { reason }, trailers: [] })
  })

  test('ends with its head when its length is 0, its status says so, or the request was HEAD', () => {
    expect(whole(`${ok}Content-Length: 0\r\n\r\n`).trailers).toEqual([])
    expect(whole('HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n').trailers).toEqual([])
    expect(whole('HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n').trailers).toEqual([])
    expect(whole(`${ok}Content-Length: 7\r\n\r\n`, { method: 'HEAD' }).trailers).toEqual([])
    expect(whole(`${ok}\r\n`, { method: 'HEAD' }).trailers).toEqual([])
  })

  test('is known by the end of the connection when it states nothing', () => {
    expect(whole(`${ok}\r\nabc`)).toMatchObject({ body: 'abc', trailers: null })
    expect(whole(`${ok}\r\nabc`, { closes: true })).toMatchObject({ body: 'abc', trailers: [], error: null })
  })

  test.each([`${ok}Content-Length: 4\r\n\r\nabc`, `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`, ok, ''])(
    'that is cut is no answer: %j',
    (text) => {
      expect(whole(text, { closes: true })).toMatchObject({ trailers: null, error: 'UPSTREAM_CLOSED' })
    },
  )

  test('comes after informational ones, of which there may be a hundred', () => {
    const informational = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const answer = `${ok}Content-Length: 1\r\n\r\nx`
    expect(whole(informational + answer)).toMatchObject({ head: { status: 200 }, body: 'x', trailers: [] })
    expect(whole(informational.repeat(50) + answer).trailers).toEqual([])
    expect(whole(informational.repeat(51) + answer).error).toBe('UPSTREAM_BAD_ANSWER')
  })

  test('that switches protocols is refused', () => {
    expect(whole('HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n').error).toBe('UPSTREAM_BAD_ANSWER')
  })

  test.each([`${ok}Content-Length: 1\r\n\r\nxHTTP`, `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n\n`])(
    'with bytes behind its end is whole, but its connection is spoilt: %j',
    (text) => {
      expect(whole(text)).toMatchObject({ trailers: [], hasSurplus: true, error: null })
    },
  )

  test('loses the headers of its hop, those that Connection names, and ours', () => {
    const { head } = whole(
      `${ok}Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=7, max=9\r\nX-TraseAI-Profile: a\r\nTE: x\r\nX-Own: 1\r\nContent-Length: 0\r\n\r\n`,
    )
    expect(head).toMatchObject({
      headers: ['X-Own', '1', 'Content-Length', '0'],
      keepAlive: false,
      keepAliveSeconds: 7,
    })
  })

  test.each([
    [`${ok}Content-Length: 0\r\n\r\n`, true],
    [`${ok}Connection: Keep-Alive\r\nContent-Length: 0\r\n\r\n`, true],
    [`${ok}Connection: upgrade, Close\r\nContent-Length: 0\r\n\r\n`, false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', true],
    [`${ok}\r\n`, false],
  ])('%j keeps its connection alive: %s', (text, keepAlive) => {
    expect(whole(text).head?.keepAlive).toBe(keepAlive)
  })
})

describe('an answer with two readings, or none, is refused:', () => {
  test.each([
    ['a length that is no number', `${ok}Content-Length: +1\r\n\r\nx`],
    ['a list of lengths', `${ok}Content-Length: 1, 1\r\n\r\nx`],
    ['a length with more digits than a number keeps', `${ok}Content-Length: 1${'0'.repeat(15)}\r\n\r\n`],
    ['an empty length', `${ok}Content-Length:\r\n\r\n`],
    ['two lengths that differ', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy`],
    ['a length of an answer in chunks', `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding without chunks', `${ok}Transfer-Encoding: gzip\r\n\r\nx`],
    ['a coding below the chunks', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a coding twice', `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['an empty coding', `${ok}Transfer-Encoding:\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', `${ok}X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`],
    ['a header that begins with white space', `${ok} X-A: 1\r\n\r\n`],
    ['white space before the colon', `${ok}Content-Length : 0\r\n\r\n`],
    ['a header without a name', `${ok}: 1\r\n\r\n`],
    ['a line without a colon', `${ok}X-A\r\n\r\n`],
    ['a line break without its first half', `${ok}X-A: 1\nX-B: 2\r\n\r\n`],
    ['a carriage return in a value', `${ok}X-A: 1\rX-B: 2\r\n\r\n`],
    ['a NUL in a value', `${ok}X-A: 1\0\r\n\r\n`],
    ['another protocol', 'HTTP/2 200 OK\r\n\r\n'],
    ['another version', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 99 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a line break before it', `\r\n\r\n${ok}\r\n`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ])('%s', (_name, text) => {
    expect(whole(text)).toMatchObject({ head: null, error: 'UPSTREAM_BAD_ANSWER' })
  })

  test('a head of more than 64 KiB, whether it ends or not', () => {
    const long = `${ok}X-A: ${'a'.repeat(66_000)}`
    expect(whole(long).error).toBe('UPSTREAM_BAD_ANSWER')
    expect(whole(`${long}\r\n\r\n`).error).toBe('UPSTREAM_BAD_ANSWER')
    expect(read([...long]).error).toBe('UPSTREAM_BAD_ANSWER')
    expect(whole(`${ok}X-A: ${'a'.repeat(65_000)}\r\nContent-Length: 0\r\n\r\n`).error).toBeNull()
  })

  test('the same length twice goes on once', () => {
    expect(whole(`${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`)).toMatchObject({
      head: { headers: ['Content-Length', '1'] },
      trailers: [],
    })
  })
})

describe('chunks', () => {
  const chunked = `${ok}Transfer-Encoding: Chunked\r\n\r\n`

  test('are put together, with sizes in either case and extensions left out', () => {
    const text = `${chunked}a\r\n0123456789\r\n00B ; a="b;c" ;d\r\nabcdefghijk\r\n0;x=y\r\n\r\n`
    expect(whole(text)).toMatchObject({ body: '0123456789abcdefghijk', trailers: [], hasSurplus: false })
    expect(whole(text).head?.headers).toEqual([])
  })

  test('with short extensions may be as many as there are', () => {
    expect(whole(`${chunked}${'1;a=123\r\nx\r\n'.repeat(5_000)}0\r\n\r\n`)).toMatchObject({ body: 'x'.repeat(5_000) })
  })

  test('may be followed by trailers, of which the forbidden ones are dropped', () => {
    const trailers = 'X-Sum: 1 \r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nx-TraseAI-x: 1\r\nx-b:\xe9\r\n'
    expect(whole(`${chunked}1\r\nx\r\n0\r\n${trailers}\r\n`).trailers).toEqual(['X-Sum', '1', 'x-b', '\xe9'])
  })

  test.each([
    ['no size', '\r\n'],
    ['a size that is no number', 'g\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size with a prefix', '0x1\r\nx\r\n'],
    ['white space before the size', ' 1\r\nx\r\n'],
    ['white space behind the size', '1 \r\nx\r\n'],
    ['too many digits', `${'0'.repeat(14)}\r\n`],
    ['a size whose line ends without its first half', '1\nx\r\n'],
    ['a carriage return alone', '1\rx'],
    ['more bytes than were said', '1\r\nxy\r\n'],
    ['a line break without its first half behind a chunk', '1\r\nx\n0\r\n\r\n'],
    ['a line break in an extension', '1;a\nb\r\nx\r\n'],
    ['long extensions', `1;${'a'.repeat(16_385)}`],
    ['long extensions in small pieces', `1;${'a'.repeat(40)}\r\nx\r\n`.repeat(1_000)],
    ['a folded trailer', '0\r\nX-A: 1\r\n 2\r\n\r\n'],
    ['a trailer without a colon', '0\r\nX-A\r\n\r\n'],
    ['long trailers', `0\r\nX-A: ${'a'.repeat(17_000)}`],
  ])('with %s are refused', (_name, text) => {
    expect(whole(chunked + text).error).toBe('UPSTREAM_BAD_ANSWER')
  })
})

const token = fc.stringMatching(/^[A-Za-z][\w-]{0,12}$/)
const value = fc.stringMatching(/^[!-~\u0080-\u00ff]{0,20}$/)
const fields = fc.array(fc.tuple(fc.constantFrom('X-', 'y-'), token, value), { maxLength: 6 })
const lines = (list: readonly (readonly string[])[]): string =>
  list.map(([prefix, name, text]) => `${prefix}${name}: ${text}\r\n`).join('')
const pieces = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 }), { maxLength: 6 })

/** An answer as bytes, with what must be understood. */
const answers = fc.oneof(
  fc.tuple(fields, pieces).map(([headers, parts]) => {
    const body = parts.join('')
    return { text: `${ok}${lines(headers)}Content-Length: ${body.length}\r\n\r\n${body}`, body }
  }),
  fc.tuple(fields, pieces, fields).map(([headers, parts, trailers]) => {
    const chunks = parts.filter((part) => part !== '').map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
    return {
      text: `HTTP/1.1 103 Hints\r\n\r\n${ok}${lines(headers)}transfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n${lines(trailers)}\r\n`,
      body: parts.join(''),
    }
  }),
)

/** A text cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...at, text.length].map((end, i) => text.slice(i === 0 ? 0 : at[i - 1], end))
}

test('the pieces that an answer comes in change nothing of it', () => {
  fc.assert(
    fc.property(answers, fc.array(fc.nat(), { maxLength: 30 }), ({ text, body }, places) => {
      const inOne = whole(text)
      expect(inOne).toMatchObject({ body, error: null, hasSurplus: false })
      expect(inOne.trailers).not.toBeNull()
      expect(read(cut(text, places))).toEqual(inOne)
      expect(read([...text])).toEqual(inOne)
    }),
  )
})

test('garbage, and answers with a byte changed, are read or refused, never thrown at us otherwise', () => {
  const changed = fc.tuple(answers, fc.nat(), fc.nat(255)).map(([{ text }, at, byte]) => {
    const place = at % text.length
    return text.slice(0, place) + String.fromCharCode(byte) + text.slice(place + 1)
  })
  const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
  fc.assert(
    fc.property(
      fc.oneof(
        garbage,
        changed,
        garbage.map((text) => ok + text),
      ),
      fc.array(fc.nat()),
      (text, places) => {
        const inOne = whole(text, { closes: true })
        const inPieces = read(cut(text, places), { ...reader, closes: true })
        expect(inPieces.error).toBe(inOne.error)
        if (inOne.error === null) expect(inPieces).toEqual(inOne)
      },
    ),
    { numRuns: 1_000 },
  )
})
