// Whatever passes the gateway arrives as it was sent, byte for byte and in order, but for the headers that belong to one hop and to the gateway.
import { randomFillSync } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ByteProvider, openByteProvider } from '../support/byte-provider.ts'
import { readMessage } from '../support/http-message.ts'
import { openRawHttp } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { call } from './client.ts'
import { openRoom, type Room, token } from './room.ts'

let provider: ByteProvider
let room: Room
beforeAll(async () => {
  provider = await openByteProvider()
  room = await openRoom({
    env: { OPENAI_API_KEY: 'sk-test-1', GROQ_API_KEY: 'gsk-test-1' },
    baseUrls: { openai: provider.url },
  })
})
afterAll(async () => {
  await provider.close()
  await room.close()
})

type Field = readonly [name: string, value: string]

/** What this hop decides, and what is the gateway's; everything else has to arrive. */
const ofThisHop = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'authorization',
  'x-traseai-profile',
  'x-traseai-attempts',
])
const passed = (fields: readonly Field[]): Field[] => fields.filter(([name]) => !ofThisHop.has(name.toLowerCase()))
const valuesOf = (fields: readonly Field[], name: string): string[] =>
  fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)

const tokenCharacter = fc.constantFrom(...Array.from("ABCXYZabcxyz0189!#$%&'*+.^_`|~-"))
const fieldName = fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 12 }).map((name) => `x-${name}`)
/** Every byte that may be in a value, but for blanks at its ends, which are no part of it. */
const valueCharacter = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
  fc.constant('\t'),
)
const fieldValue = fc
  .string({ unit: valueCharacter, maxLength: 40 })
  .map((value) => value.replace(/^[\t ]+|[\t ]+$/g, ''))
const fields = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 12 })
const bytes = fc
  .oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 20_000, size: 'max' }))
  .map((array) => Buffer.from(array))
/** Where to cut, as shares of the whole; none, some, or everywhere. */
const cuts = fc.oneof(
  fc.constant<'none' | 'everywhere'>('none'),
  fc.constant<'everywhere'>('everywhere'),
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
)

const pathCharacter = fc.constantFrom(...Array.from("abcXYZ019-_~!$&'()*+,;=:@"), '%20', '%C3%BC', '%7e', 'v1.5')
const segment = fc.string({ unit: pathCharacter, minLength: 1, maxLength: 8 })
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
const query = fc.oneof(
  fc.constant(''),
  fc
    .string({ unit: fc.oneof(pathCharacter, fc.constantFrom('/', '?', '..')), maxLength: 20 })
    .map((text) => `?${text}`),
)

const request = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path,
  query,
  fields,
  body: fc.option(bytes),
  framing: fc.constantFrom('length', 'chunked'),
  cuts,
})
const answer = fc.record({
  // 401, 402, 403 and 429 change what the next request gets.
  status: fc.constantFrom(200, 200, 200, 201, 204, 299, 304, 400, 404, 409, 418, 422, 500, 502, 503, 529),
  reason: fieldValue,
  fields,
  type: fc.constantFrom('application/json', 'text/event-stream', 'application/octet-stream', 'TEXT/event-stream;x=y'),
  coding: fc.constantFrom(null, 'gzip', 'br', 'deflate', 'zstd', 'identity', 'x-own'),
  body: bytes,
  framing: fc.constantFrom('length', 'chunked', 'close'),
  trailers: fields,
  cuts,
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never

function cut(whole: Buffer, where: Request['cuts']): Buffer[] {
  if (where === 'none') return [whole]
  const at =
    where === 'everywhere'
      ? Array.from({ length: Math.min(whole.length, 2_000) }, (_, i) => i)
      : where.map((share) => Math.floor(share * whole.length)).toSorted((a, b) => a - b)
  return [...at, whole.length].map((end, i) => whole.subarray(at[i - 1] ?? 0, end)).filter(({ length }) => length > 0)
}

const lines = (start: string, all: readonly Field[]): Buffer =>
  Buffer.from([start, ...all.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'), 'latin1')

/** As chunks, one for each of the pieces that the cuts make. */
function chunked(body: Buffer, where: Request['cuts'], trailers: readonly Field[]): Buffer {
  const chunks = body.length === 0 ? [] : cut(body, where)
  return Buffer.concat([
    ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    lines('0', trailers),
  ])
}

function requestBytes({ method, path: own, query: asked, fields: given, body, framing, cuts: where }: Request): Buffer {
  const length: Field[] =
    body === null
      ? []
      : framing === 'length'
        ? [['Content-Length', String(body.length)]]
        : [['Transfer-Encoding', 'chunked']]
  const head = lines(`${method} /openai${own}${asked} HTTP/1.1`, [
    ['Host', 'localhost'],
    ['X-API-Key', token],
    ...given,
    ...length,
  ])
  if (body === null) return head
  return Buffer.concat([head, framing === 'length' ? body : chunked(body, where, [])])
}

const isBodiless = ({ status }: Answer, method: string): boolean =>
  method === 'HEAD' || status === 204 || status === 304

function answerFields({ type, coding, fields: given }: Answer): Field[] {
  return [['Content-Type', type], ...(coding === null ? [] : [['Content-Encoding', coding] as const]), ...given]
}

function answerBytes(given: Answer, method: string): Buffer {
  const { status, reason, body, framing, trailers, cuts: where } = given
  const own = answerFields(given)
  const start = `HTTP/1.1 ${status} ${reason}`
  if (isBodiless(given, method)) return lines(start, own)
  if (framing === 'chunked')
    return Buffer.concat([lines(start, [...own, ['Transfer-Encoding', 'chunked']]), chunked(body, where, trailers)])
  const length: Field[] = framing === 'length' ? [['Content-Length', String(body.length)]] : [['Connection', 'close']]
  return Buffer.concat([lines(start, [...own, ...length]), body])
}

test('a request and its answer arrive as they were sent', async () => {
  await fc.assert(
    fc.asyncProperty(request, answer, async (sent, given) => {
      provider.answer(
        cut(answerBytes(given, sent.method), given.cuts),
        given.framing === 'close' && !isBodiless(given, sent.method),
      )
      const before = provider.received.length
      const client = await openRawHttp(room.url)
      for (const piece of cut(requestBytes(sent), sent.cuts)) client.send(piece)
      const read = () =>
        readMessage(Buffer.from(client.received(), 'latin1'), {
          isEnded: !client.isOpen(),
          isBodiless: isBodiless(given, sent.method),
        })
      await until(() => read() !== null)
      const got = read()
      client.leave()

      expect(provider.received.length - before).toBe(1)
      const forwarded = provider.received.at(-1)
      expect(forwarded?.start).toBe(`${sent.method} ${sent.path}${sent.query} HTTP/1.1`)
      expect(passed(forwarded?.headers ?? [])).toEqual(sent.fields)
      expect(forwarded?.body.equals(sent.body ?? Buffer.alloc(0))).toBe(true)
      expect(valuesOf(forwarded?.headers ?? [], 'authorization')).toEqual(['Bearer sk-test-1'])
      expect(valuesOf(forwarded?.headers ?? [], 'host')).toEqual([new URL(provider.url).host])

      expect(got?.start).toBe(`HTTP/1.1 ${given.status} ${given.reason}`)
      expect(passed(got?.headers ?? [])).toEqual(answerFields(given))
      expect(got?.body.equals(isBodiless(given, sent.method) ? Buffer.alloc(0) : given.body)).toBe(true)
      expect(valuesOf(got?.headers ?? [], 'x-traseai-profile')).toEqual(['openai:OPENAI_API_KEY'])
      if (given.framing === 'chunked' && !isBodiless(given, sent.method)) expect(got?.trailers).toEqual(given.trailers)
    }),
    { numRuns: 200 },
  )
})

test.each([
  ['of one megabyte', 1_048_576, {}],
  ['of the largest size that is kept', 33_554_432, {}],
  ['of forty megabytes, which is streamed', 41_943_040, {}],
  ['of forty megabytes in chunks, which is streamed', 41_943_040, { 'transfer-encoding': 'chunked' }],
])('a body %s arrives as it was sent', async (_name, length, headers) => {
  const body = randomFillSync(Buffer.alloc(length))
  room.provider.behave('gsk-test-1', (received, response) => void response.end(received.body))
  const reply = await call(room.url, '/groq/v1/x', {
    body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  })
  expect(reply.status).toBe(200)
  expect(reply.body.equals(body)).toBe(true)
})
