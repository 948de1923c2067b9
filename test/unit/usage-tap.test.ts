// What a tap keeps of a body that passes: enough for the tokens, however it is cut, and never more than its limit.
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codingNamed } from '../../src/gateway/content-coding.ts'
import { openUsageDecoding } from '../../src/gateway/usage/decoding.ts'
import { openUsageTap, type TappedAnswer } from '../../src/gateway/usage/tap.ts'

const json: TappedAnswer = { status: 200, contentType: 'application/json', contentEncoding: '' }
const events: TappedAnswer = { ...json, contentType: 'text/event-stream; charset=utf-8' }

/** Passes a body in pieces through a tap; the clock counts the pieces. */
function pass(answer: TappedAnswer, pieces: readonly Buffer[]) {
  let now = 0
  const tap = openUsageTap({ host: { monotonicMs: () => now }, decoding: openUsageDecoding() }, 'anthropic', answer)
  for (const piece of pieces) {
    now++
    const copy = Buffer.from(piece)
    tap.chunk(copy)
  }
  return tap
}

function cut(body: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (body.length + 1)), body.length].toSorted((a, b) => a - b)
  return ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end))
}

const said = (data: object): string => `event: e\ndata: ${JSON.stringify(data)}\n\n`
const stream = (padding: number): Buffer =>
  Buffer.from(
    [
      said({ type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } }),
      ...Array.from({ length: padding }, () =>
        said({ type: 'content_block_delta', delta: { text: 'héllo "usage":{}' } }),
      ),
      said({ type: 'message_delta', usage: { output_tokens: 7 } }),
    ].join(''),
  )
const body = (padding: number): Buffer =>
  Buffer.from(JSON.stringify({ content: 'é'.repeat(padding), usage: { input_tokens: 3, output_tokens: 7 } }))

describe('a tap', () => {
  it('reads the tokens however the body is cut', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 }), fc.array(fc.nat(), { maxLength: 40 }), (padding, places) => {
        expect(pass(events, cut(stream(padding), places)).tokens()).toEqual({ input: 3, output: 7 })
        expect(pass(json, cut(body(padding * 100), places)).tokens()).toEqual({ input: 3, output: 7 })
      }),
    )
  })

  it('reads them out of single bytes', () => {
    const bytes = stream(40)
    expect(pass(events, cut(bytes, [...bytes.keys()])).tokens()).toEqual({ input: 3, output: 7 })
  })

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
  ] as const)('reads them out of %s', async (contentEncoding, compress) => {
    const pieces = cut(compress(body(20_000)), [1, 20, 21])
    expect(await pass({ ...json, contentEncoding }, pieces).tokens()).toEqual({ input: 3, output: 7 })
  })

  it('reads what a compressed stream said before it was cut', async () => {
    const compressed = zlib.gzipSync(stream(0).subarray(0, 120), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    const tap = pass({ ...events, contentEncoding: 'gzip' }, [compressed])
    expect(await tap.tokens()).toEqual({ input: 3, output: 1 })
  })

  it('leaves what is damaged, too long or in an unknown coding unread', async () => {
    const gzip = { ...json, contentEncoding: 'gzip' }
    expect(await pass(gzip, [Buffer.from('no gzip')]).tokens()).toBeNull()
    expect(await pass(gzip, [Buffer.alloc(300_000)]).tokens()).toBeNull()
    expect(await pass({ ...json, contentEncoding: 'snappy' }, [body(1)]).tokens()).toBeNull()
  })

  it('does not look for tokens in errors, or in what is no JSON', () => {
    expect(pass({ ...json, status: 429 }, [body(1)]).tokens()).toBeNull()
    expect(pass({ ...json, contentType: 'audio/mpeg' }, [body(1)]).tokens()).toBeNull()
  })

  it('takes the first byte of an answer for its first content, and in a stream the first event that has some', () => {
    expect(pass(json, cut(body(1), [5])).firstContentAtMs()).toBe(1)
    expect(pass(json, []).firstContentAtMs()).toBeNull()
    const start = said({ type: 'message_start', message: {} })
    const text = said({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } })
    expect(pass(events, [Buffer.from(start), Buffer.from(said({ type: 'ping' }) + text)]).firstContentAtMs()).toBe(2)
    expect(pass(events, [Buffer.from(start)]).firstContentAtMs()).toBeNull()
  })
})

describe('decoding', () => {
  it('keeps only so many bytes of all answers together', () => {
    const decoding = openUsageDecoding()
    expect(decoding.reserve(33_554_432)).toBe(true)
    expect(decoding.reserve(1)).toBe(false)
    decoding.release(1)
    expect(decoding.reserve(1)).toBe(true)
  })

  it('goes through many answers, a few at a time', async () => {
    const decoding = openUsageDecoding()
    const coding = codingNamed('gzip')
    if (!coding) throw new Error('every Node knows gzip')
    const pieces = [zlib.gzipSync(body(10))]
    const bytes = pieces[0]?.length ?? 0
    const all = Array.from({ length: 300 }, () => {
      decoding.reserve(bytes)
      return decoding.tokensOf({ pieces, bytes, coding, isEventStream: false })
    })
    const tokens = await Promise.all(all)
    expect(tokens.filter((each) => each !== null)).toHaveLength(258)
    expect(decoding.reserve(33_554_432)).toBe(true)
  })
})
