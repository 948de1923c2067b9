// Lines cut out of a stream of bytes, however the stream is cut into chunks.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, lineBytesMax, openLineReader } from '../../src/protocol/line-framing.ts'

function linesOf(chunks: readonly Uint8Array[], limit = lineBytesMax): Line[] {
  const reader = openLineReader({ lineBytesMax: limit })
  const lines: Line[] = []
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk))
    for (let line = reader.next(); line; line = reader.next()) lines.push(line)
  }
  return lines
}

const text = (line: string): Line => ({ kind: 'text', text: line })
const bytes = (line: string): Buffer => Buffer.from(line)

describe('lines on the control socket', () => {
  it('come out as they went in, however they are cut into chunks', () => {
    const anyLine = fc.string({ unit: 'binary', minLength: 1 }).filter((line) => !/[\r\n]/.test(line))
    const cuts = fc.array(fc.nat(), { maxLength: 20 })
    fc.assert(
      fc.property(fc.array(anyLine), cuts, (lines, places) => {
        const stream = bytes(lines.map((line) => `${line}\n`).join(''))
        const expected = lines.map((line) => text(Buffer.from(line).toString('utf8')))
        expect(linesOf(cutAt(stream, places))).toEqual(expected)
      }),
    )
  })

  it('a half line is kept until its end comes', () => {
    const reader = openLineReader({ lineBytesMax })
    reader.push(bytes('{"a"'))
    expect(reader.next()).toBeUndefined()
    expect(reader.halfLine).toBe(true)
    reader.push(bytes(':1}\n'))
    expect(reader.next()).toEqual(text('{"a":1}'))
    expect(reader.halfLine).toBe(false)
  })

  it('a character that is cut in two is whole again', () => {
    const [first, second] = [bytes('€\n').subarray(0, 1), bytes('€\n').subarray(1)]
    expect(linesOf([first, second])).toEqual([text('€')])
  })

  it('a carriage return before the newline belongs to the end of the line, and empty lines are left out', () => {
    expect(linesOf([bytes('a\r\n\r\n\n b \n\r'), bytes('\nc\n')])).toEqual([text('a'), text(' b '), text('c')])
  })

  it('bytes that are not UTF-8 spoil their own line only', () => {
    const broken = Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a])
    expect(linesOf([bytes('a\n'), broken, bytes('b\n')])).toEqual([text('a'), { kind: 'not-utf8' }, text('b')])
  })

  it('a line of exactly the limit is taken, one byte more is too long', () => {
    expect(linesOf([bytes(`${'x'.repeat(9)}\n`)], 10)).toEqual([text('x'.repeat(9))])
    expect(linesOf([bytes(`${'x'.repeat(10)}\nok\n`)], 10)).toEqual([{ kind: 'too-long' }, text('ok')])
  })

  it('a line that is too long is told once, as soon as the limit is crossed, and the next one is read', () => {
    const reader = openLineReader({ lineBytesMax: 10 })
    reader.push(bytes('x'.repeat(11)))
    expect(reader.next()).toEqual({ kind: 'too-long' })
    for (let count = 0; count < 100; count += 1) {
      reader.push(bytes('x'.repeat(1_000)))
      expect(reader.next()).toBeUndefined()
    }
    expect(reader.halfLine).toBe(true)
    reader.push(bytes('x\nok\n'))
    expect(reader.next()).toEqual(text('ok'))
  })

  it('a reader that stops in the middle of a chunk goes on where it stopped', () => {
    const reader = openLineReader({ lineBytesMax })
    reader.push(bytes('a\nb\nc'))
    expect(reader.next()).toEqual(text('a'))
    reader.push(bytes('d\n'))
    expect([reader.next(), reader.next(), reader.next()]).toEqual([text('b'), text('cd'), undefined])
  })

  it('a line of a million single bytes is copied a few times, not a million times', () => {
    const reader = openLineReader({ lineBytesMax })
    const byte = bytes('x')
    for (let count = 0; count < lineBytesMax - 1; count += 1) {
      reader.push(byte)
      reader.next()
    }
    reader.push(bytes('\n'))
    expect(reader.next()).toEqual(text('x'.repeat(lineBytesMax - 1)))
  })
})

function cutAt(stream: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b)
  return ends.map((end, index) => stream.subarray(index === 0 ? 0 : ends[index - 1], end))
}
