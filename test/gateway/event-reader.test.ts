// Server-sent events are read the same, however their bytes are cut.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ServerSentEvent } from '../../src/domain/server-sent-events.ts'
import { openEventReader } from '../../src/gateway/event-reader.ts'

/** Reads the bytes in pieces that end at these places. */
function readIn(bytes: Buffer, cuts: readonly number[]): ServerSentEvent[] {
  const read = openEventReader()
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, bytes.length].flatMap((end, i) => read(bytes.subarray(ends[i - 1] ?? 0, end)))
}

test.each<[string, ServerSentEvent[]]>([
  ['data: a\n\n', [{ name: '', data: 'a' }]],
  ['event: x\ndata:a\n\n', [{ name: 'x', data: 'a' }]],
  ['\uFEFFdata: a\r\ndata:  b\r\n\r\n', [{ name: '', data: 'a\n b' }]],
  [': comment\nid: 1\nretry: 5\ndata\n\n', [{ name: '', data: '' }]],
  ['event: lost\n\ndata: b\n\n', [{ name: '', data: 'b' }]],
  ['data: cut off', []],
  [
    'data: a\rdata: b\r\rdata: c\n\n',
    [
      { name: '', data: 'a\nb' },
      { name: '', data: 'c' },
    ],
  ],
])('%j', (text, events) => {
  expect(readIn(Buffer.from(text), [])).toEqual(events)
})

test('the same events come out for every way to cut the bytes', () => {
  const event = fc.record({
    name: fc.constantFrom('', 'error', 'message_start'),
    data: fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, '')),
      { minLength: 1, maxLength: 3 },
    ),
  })
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat(400)),
      (events, end, cuts) => {
        const text = events
          .map(
            ({ name, data }) =>
              `${name === '' ? '' : `event: ${name}${end}`}${data.map((line) => `data: ${line}${end}`).join('')}${end}`,
          )
          .join('')
        const expected = events.map(({ name, data }) => ({ name, data: data.join('\n') }))
        expect(readIn(Buffer.from(text), cuts)).toEqual(expected)
        expect(
          readIn(
            Buffer.from(text),
            Array.from({ length: 400 }, (_, i) => i),
          ),
        ).toEqual(expected)
      },
    ),
  )
})
